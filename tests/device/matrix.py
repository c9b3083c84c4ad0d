"""A matrix in whose middle something happens."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.commands import ANYWAY

_TIMEOUT = 400.0
_START = "from tflitekit.cli import main; main()"


@dataclass(frozen=True)
class Matrix:
    """What the tool did.

    Attributes:
        status: its exit status.
        cells: of its JSON; empty where it wrote none.
        told: its messages.
    """

    status: int
    cells: list[dict[str, Any]]
    told: str

    def of(self, field: str) -> list[Any]:
        """One field of each cell."""
        return [cell[field] for cell in self.cells]

    @property
    def sound(self) -> list[bool]:
        """Which cells were measured, now or before."""
        return [error is None for error in self.of("error")]


def measure(
    model: Path,
    folder: Path,
    devices: Iterable[str],
    *more: str,
    threads: Iterable[int] = (1, 2),
    at: str = "",
    meanwhile: Callable[[subprocess.Popen[str]], object] | None = None,
) -> Matrix:
    """Bench on devices with each number of threads, with `folder` for the results.

    `meanwhile` happens half a second after the timing on the device `at` has begun.
    """
    words = [str(model), *(word for device in devices for word in ("--device", device))]
    words += [word for count in threads for word in ("--threads", str(count))]
    words += ["--repeats", "2", "--seconds", "1", "--results", str(folder), "--json"]
    out = folder.with_suffix(".json")
    told: list[str] = []
    with (
        out.open("w") as stdout,
        subprocess.Popen(
            [sys.executable, "-c", _START, "bench", *words, *ANYWAY, *more],
            cwd=folder.parent,  # Ray puts it on the nodes' import path
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        ) as tool,
    ):
        assert tool.stderr is not None
        watchdog = threading.Timer(_TIMEOUT, tool.kill)
        watchdog.start()
        for line in tool.stderr:
            told.append(line)
            if meanwhile is not None and f"{at}: Timing" in line:
                threading.Timer(0.5, meanwhile, [tool]).start()
                meanwhile = None
        status = tool.wait()
        watchdog.cancel()
    text = out.read_text()
    return Matrix(status, json.loads(text)["cells"] if text else [], "".join(told))
