"""Statistics of latency samples. Pure functions; everything can be computed again from the samples.

The field's habit: the median and the tail, never a mean, for times have a floor and a long tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True)
class LatencySummary:
    """What is said of a set of samples, in microseconds.

    Attributes:
        n: how many samples.
        median, p90, p99, min, max: of the samples, linearly interpolated; p99 is None below 100
            samples and p90 below 10, where they would be no more than the maximum.
        ci95: an interval for the median; None where there are too few samples to have one.
    """

    n: int
    median: float
    p90: float | None
    p99: float | None
    min: float
    max: float
    ci95: tuple[float, float] | None


def summarize_latency(samples_us: Sequence[float]) -> LatencySummary:
    """Summarize at least one sample.

    Raises:
        ValueError: there are no samples.
    """
    if not samples_us:
        raise ValueError("no samples")
    values = np.asarray(samples_us, np.float64)
    return LatencySummary(
        n=len(values),
        median=float(np.median(values)),
        p90=_percentile(values, 90),
        p99=_percentile(values, 99),
        min=float(values.min()),
        max=float(values.max()),
        ci95=median_interval(values),
    )


def median_interval(values: np.ndarray) -> tuple[float, float] | None:
    """The distribution-free confidence interval of the median from order statistics.

    Conover, Practical Nonparametric Statistics (1999), section 3.2. It takes the samples as
    independent: successive inferences are not quite, so it is rather too narrow than too wide.
    """
    from scipy.stats import quantile_test

    interval: Any = quantile_test(values, p=0.5).confidence_interval(CONFIDENCE)
    ends = float(interval.low), float(interval.high)
    return ends if np.isfinite(ends).all() else None


def _percentile(values: np.ndarray, percent: int) -> float | None:
    if len(values) * (100 - percent) < 100:
        return None
    return float(np.percentile(values, percent))
