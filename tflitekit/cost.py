"""What a command took: time, and the memory of its processes."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass

_KIB = 1024


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: of wall-clock time.
        peak_bytes: the most memory that one of its processes held: this one, or one that it
            started and that has ended.
    """

    seconds: float
    peak_bytes: int


class Stopwatch:
    """Starts when it is made."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def cost(self) -> Cost:
        """What has been taken until now; memory counts from the start of this process."""
        kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
        # Linux counts in KiB.
        peak = _KIB * max(resource.getrusage(kind).ru_maxrss for kind in kinds)
        return Cost(time.perf_counter() - self._started, peak)
