"""The clean-up of this machine that does not need the tool to be alive.

Run as a program, it waits on its standard input, which ends when the tool does, however that ends.
Then it kills what still runs in a run folder and removes what only the tool would have needed. It
has inherited the lock, so nobody else starts before it is done. It sleeps all the while.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_JUST_STARTED_S = 0.05
"""A process that was being started has its working folder after that."""

_DYING_S, _LOOK_AGAIN_S = 5.0, 0.01
"""How long a killed process may take to be gone on a busy machine, and how often to look."""


def sweep(root: Path) -> None:
    """Remove runs, and files that are not whole, and kill what still runs there.

    Args:
        root: the folder with `runs`, `store` and `folders`; the caller holds its lock.
    """
    runs = root / "runs"
    if _has_entries(runs):
        _kill_in(runs)
        time.sleep(_JUST_STARTED_S)
        latest = time.monotonic() + _DYING_S
        while _kill_in(runs) and time.monotonic() < latest:
            time.sleep(_LOOK_AGAIN_S)
    shutil.rmtree(runs, ignore_errors=True)
    for part in (*root.glob("store/.*.part"), *root.glob("folders/.*.part")):
        shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True)


def _has_entries(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def _kill_in(runs: Path) -> bool:
    """Kill what has its working folder in a run folder; whether there is anything."""
    processes = list(_processes_in(runs.resolve()))
    for process in processes:
        with suppress(OSError):  # it may have ended just now
            os.kill(process, signal.SIGKILL)
    return bool(processes)


def _processes_in(folder: Path) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # another user's, or ended
            if (process / "cwd").readlink().is_relative_to(folder):
                yield int(process.name)


def main(root: str, lock: int) -> None:
    """Wait for the end of standard input, sweep, and give the lock back."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 1):
        pass
    sweep(Path(root))
    os.ftruncate(lock, 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
