"""A long run minute by minute: whether a device keeps its pace. Pure functions of samples.

Phones are fast for a while and slow down as they get hot; what an app gets is the last minute.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import UsageError

MINUTE_S, DAY_S = 60.0, 86400.0
UNITS_S = {"s": 1.0, "m": MINUTE_S, "h": 3600.0}


@dataclass(frozen=True)
class Window:
    """A part of a long run.

    Attributes:
        begin_s, end_s: since timing began.
        n: samples that began in it.
        median_us: of these.
    """

    begin_s: float
    end_s: float
    n: int
    median_us: float


def parse_duration(text: str) -> float:
    """The seconds that a text such as 90s, 10m, 1.5h or 90 stands for.

    Raises:
        UsageError: it stands for none, or for less than a second or more than a day.
    """
    unit = text[-1:] if text[-1:] in UNITS_S else ""
    try:
        seconds = float(text.removesuffix(unit)) * UNITS_S.get(unit, 1.0)
    except ValueError:
        seconds = math.nan
    if not 1 <= seconds <= DAY_S:
        raise UsageError(
            "is no duration between a second and a day",
            where=f"--sustained {text}",
            hint="Write it as 10m, 90s or 1h",
        )
    return seconds


def windows_of(
    samples_us: Sequence[float], seconds: float, at_us: Sequence[float] | None = None
) -> tuple[Window, ...]:
    """The medians minute by minute; of a run of less than two minutes, half by half.

    Args:
        samples_us: timed inferences, in order.
        seconds: how long the run was to be.
        at_us: when each began, since timing began; None where that is not known, and they are
            taken to have followed each other for so long.

    Returns:
        Windows with a sample in them, in order. What began after `seconds` is in the last one.
    """
    length = min(MINUTE_S, seconds / 2)
    count = max(1, int(seconds / length))
    begun = _spread_s(samples_us, seconds) if at_us is None else np.asarray(at_us) * 1e-6
    index = np.minimum((begun / length).astype(int), count - 1)
    values = np.asarray(samples_us, np.float64)
    return tuple(
        Window(i * length, (i + 1) * length, int(inside.sum()), float(np.median(values[inside])))
        for i in range(count)
        if (inside := index == i).any()
    )


def last_against_first(windows: Sequence[Window]) -> float | None:
    """The median of the last window over that of the first; None where there is only one."""
    return windows[-1].median_us / windows[0].median_us if len(windows) > 1 else None


def _spread_s(samples_us: Sequence[float], seconds: float) -> NDArray[np.float64]:
    ends: NDArray[np.float64] = np.cumsum(samples_us)
    begun: NDArray[np.float64] = (ends - np.asarray(samples_us)) * (seconds / ends[-1])
    return begun
