"""What one start of the runner said, record by record. See android_bench/PROTOCOL.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClockRecord:
    """How fast the processor was at one moment, and where the process has run until then.

    Attributes:
        when: "before" or "after" the timed inferences.
        spin_us: a fixed number of integer steps; inversely proportional to the clock rate.
        cores: processors that the process was allowed to use.
        ran_on: processors on which a thread of it was seen.
    """

    when: str
    spin_us: float
    cores: tuple[int, ...]
    ran_on: tuple[int, ...]
