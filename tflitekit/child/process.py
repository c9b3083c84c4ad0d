"""The child as a process: its pipes, its log, its environment, and how it ended."""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from tflitekit.errors import ConversionError, ToolkitError

_BOOT = Path(__file__).with_name("boot.py")
_LOG_LINES = 20
_NOISE = re.compile(r"absl::InitializeLog|cuda|oneDNN custom operations|XNNPACK delegate")
"""Lines that TensorFlow prints on every start."""

SETTINGS: Mapping[str, str] = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_DETERMINISTIC_OPS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
"""Environment of every child: reproducible arithmetic, no GPU, errors only, no files beside modules
of the user's, and large blocks of memory given back to the system as soon as they are free."""

_REMOVED = ("TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS")


class Gone(Exception):
    """The child closed its events without an answer."""


class Child:
    """One process, its two pipes and its log."""

    def __init__(self, scratch: Path, fix_addresses: bool) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115
        child_requests, requests = os.pipe()
        events, child_events = os.pipe()
        settings = {
            "parent": os.getpid(),
            "requests": child_requests,
            "events": child_events,
            "path": [entry or str(Path.cwd()) for entry in sys.path],
            "fix_addresses": fix_addresses,
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-X", "utf8", str(_BOOT), json.dumps(settings)],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(child_requests, child_events),
                env=_environment(scratch),
                process_group=0,  # Ctrl-C is for the parent, which then ends the child
            )
        finally:
            os.close(child_requests)
            os.close(child_events)
        self._requests = os.fdopen(requests, "wb", buffering=0)
        self._events = events

    def send(self, request: Mapping[str, object]) -> None:
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
        except BrokenPipeError:
            raise Gone from None

    def events(self, deadline: float | None) -> Iterator[dict[str, Any]]:
        """The child's events as they come, until the caller has enough.

        Raises:
            TimeoutError: nothing came before `deadline`, in `time.monotonic` seconds.
            Gone: the child ended.
        """
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while True:
                left = None if deadline is None else deadline - time.monotonic()
                if (left is not None and left <= 0) or not selector.select(left):
                    raise TimeoutError
                piece = os.read(self._events, 1 << 16)
                if not piece:
                    raise Gone
                *lines, pending = (pending + piece).split(b"\n")
                yield from map(json.loads, lines)

    def obituary(self, doing: str) -> ToolkitError:
        """The error that tells how the child ended."""
        status = self._process.wait()
        log = self._last_lines()
        if status == 1:
            return ToolkitError(
                log[-1].strip()[:300] if log else "ended with exit status 1",
                where=doing,
                hint="This is a bug in tflitekit; please report it with these lines" + _quote(log),
            )
        if status == -signal.SIGKILL:
            what, advice = "was killed", "The machine may have run out of memory"
        elif status < 0:
            what = f"TensorFlow crashed with {signal.Signals(-status).name}"
            advice = "The model holds something that this version of TensorFlow cannot process"
        else:
            what, advice = f"ended with exit status {status} and no result", "See its last lines"
        return ConversionError(what, where=doing, hint=advice + _quote(log))

    def interrupt(self) -> None:
        """End the process; who waits for its events hears that it is gone."""
        self._process.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._requests.close()
        os.close(self._events)
        self._log.close()

    def _last_lines(self) -> list[str]:
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - (1 << 16)))
        text = self._log.read().decode(errors="replace")
        lines = (line for line in text.splitlines() if line.strip() and not _NOISE.search(line))
        return list(lines)[-_LOG_LINES:]


def _environment(scratch: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _REMOVED}
    places = {"TMPDIR": str(scratch), "KERAS_HOME": str(scratch / "keras")}
    return inherited | dict(SETTINGS) | places


def _quote(lines: list[str]) -> str:
    return ".\nIts last lines:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""
