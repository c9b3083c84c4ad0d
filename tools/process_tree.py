"""Run a command, and measure how long it takes and how much memory it and its children hold."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_INTERVAL_S = 0.05
_PAGE = resource.getpagesize()


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: from its start to its end.
        peak_bytes: the most memory that was resident in its processes at one time, added up.
            What they share counts for each of them. It is looked at twenty times a second.
    """

    seconds: float
    peak_bytes: int


def measure(command: Sequence[str], log: Path) -> Cost:
    """Run `command` to its end.

    Args:
        command: with arguments.
        log: gets what it prints.

    Raises:
        RuntimeError: it failed.
    """
    peak = 0
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            peak = max(peak, sum(map(_memory, _tree(process.pid))))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_INTERVAL_S)
        seconds = time.perf_counter() - started
    if process.returncode != 0:
        tail = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)} failed with {process.returncode}:\n{tail}")
    return Cost(seconds, peak)


def _tree(root: int) -> list[int]:
    """The process and all its descendants that live now."""
    found = [root]
    for process in found:  # grows while it is walked
        found += _children(process)
    return found


def _children(process: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        texts = [(task / "children").read_text() for task in tasks]
    except OSError:  # it has just ended
        return []
    return [int(number) for text in texts for number in text.split()]


def _memory(process: int) -> int:
    try:
        _, resident, *_ = Path(f"/proc/{process}/statm").read_text().split()
    except (OSError, ValueError):  # it has just ended
        return 0
    return _PAGE * int(resident)
