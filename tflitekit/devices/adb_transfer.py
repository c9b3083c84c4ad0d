"""Files to and from an Android device, with progress.

adb tells how far it is only to a terminal, so a transfer gets one: a pseudo-terminal on which it
draws percentages. The outcome is its exit status, which for transfers can be trusted.
"""

from __future__ import annotations

import os
import pty
import selectors
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tflitekit import files
from tflitekit.devices.adb_client import Adb, quoted
from tflitekit.devices.adb_output import percentages
from tflitekit.devices.process import kill_group
from tflitekit.errors import DeviceError
from tflitekit.progress import Advance, Progress

_PATIENCE = 60.0
"""Seconds that a transfer may take besides its bytes."""

_SLOWEST = 1e6
"""Bytes a second below which a transfer is given up: a tenth of slow USB 2."""


def push(adb: Adb, source: Path, target: str, progress: Progress) -> None:
    """Copy a file to the device.

    Raises:
        DeviceError: `source` cannot be read, the device is full or went away.
    """
    try:
        size = source.stat().st_size
        source.open("rb").close()
    except OSError as error:
        raise DeviceError(f"cannot be read ({error.strerror})", where=str(source)) from error
    with progress.bar(f"push {source.name}", size, "B") as advance:
        _transfer(adb.argv("push", str(source.absolute()), target), adb, size, advance)


def pull(adb: Adb, source: str, target: Path, progress: Progress) -> None:
    """Copy a file of the device here; `target` appears whole or not at all.

    Raises:
        DeviceError: `source` is not there, or the device went away.
        OutputError: `target` cannot be written.
    """
    size = int(adb.expect(f"stat -c %s {quoted(source)}"))
    with (
        files.whole_file(target) as part,
        progress.bar(f"pull {target.name}", size, "B") as advance,
    ):
        _transfer(adb.argv("pull", source, str(part.absolute())), adb, size, advance)


def _transfer(argv: list[str], adb: Adb, size: int, advance: Advance) -> None:
    deadline = time.monotonic() + _PATIENCE + size / _SLOWEST
    drawn, told = "", 0
    with _on_terminal(argv) as (process, terminal):
        for piece in _pieces(terminal, deadline):
            drawn = (drawn + piece)[-4096:]
            done = size * max(percentages(drawn), default=0) // 100
            advance(max(done - told, 0))
            told = max(done, told)
        try:
            status = process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise DeviceError("the transfer stands still", where=adb.uri) from None
    if status != 0:
        raise adb.failure(drawn)
    advance(size - told)


@contextmanager
def _on_terminal(argv: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
            start_new_session=True,
        )
    finally:
        os.close(theirs)
    try:
        yield process, ours
    finally:
        kill_group(process)
        os.close(ours)


def _pieces(terminal: int, deadline: float) -> Iterator[str]:
    """What is drawn, until the other side has closed or the time is up."""
    with selectors.DefaultSelector() as selector:
        selector.register(terminal, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            try:
                piece = os.read(terminal, 1 << 16)
            except OSError:  # EIO is how Linux tells the end of a pseudo-terminal
                return
            if not piece:
                return
            yield piece.decode(errors="replace")
