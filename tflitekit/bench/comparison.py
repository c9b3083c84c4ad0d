"""Whether one model is faster than another, from starts of both that took turns. Pure.

**The rule.** Models take turns (`schedule`), so that each start has a neighbour of the other model
that met the same heat and the same load; the ratio of two neighbours is what a round says. A
verdict needs three things that point the same way:

1. The 95 % interval of the median ratio leaves out 1: a BCa bootstrap (Efron, 1987) that resamples
   rounds, never inferences within a start.
2. It leaves out all within `RESOLUTION` of 1, too. Where code and data come to lie in memory alone
   can make that much (Mytkowicz et al., Producing Wrong Data Without Doing Anything Obviously
   Wrong!, 2009), also between two builds of the same model, and no number of repeats averages it
   out.
3. The Mann-Whitney U test (Mann and Whitney, 1947) of the medians of all starts has a p below
   `LARGEST_P`. It makes no use of the rounds, and bounds false alarms however independent times are
   distributed; androidx.benchmark and Go's benchstat decide by it for that reason.

**Why these, and why 20 rounds** (`schedule.COMPARED_REPEATS`). Some 1300 starts of 0.1 s of each of
three models (15 us, 55 us and 7 ms) on a machine of two processors, a part of them under the load
of other work (load averages of 0.3 to 3), were cut into windows of n rounds, once as they were and
once with one side slowed by 5 %. False alarms and slowdowns found, in percent of some 60 windows:

| rounds | what decides | 15 us | 55 us | 7 ms |
|---|---|---|---|---|
| 10 | interval without 1, p < 5 % | 1.6, 100 | 8.1, 100 | 1.6, 77 |
| 10 | the rule | 0, 100 | 0, 98 | 0, 71 |
| 20 | interval without 1, p < 5 % | 0, 100 | 1.6, 100 | 0, 87 |
| 20 | the rule | 0, 100 | 0, 98 | 0, 80 |
| 30 | the rule | 0, 100 | 0, 100 | 0, 84 |

The 7 ms model shared a processor in a third of these starts. `tools/bench_trust` tries the rule on
kernels in place of numbers. With p < 5 % and a ratio, not its interval, beyond `RESOLUTION`, it
found a slowed kernel in 40 of 40 comparisons, but called a kernel different from itself in 3 of 40,
at load averages of 5 to 11 on two processors: load that lasts is no independent draw. That is why
the rule asks for more; it called a kernel different from itself in 0 of 20, and found 20 of 20, at
load averages of 6.5 to 7.7.

The promise is one of each comparison: of twenty models that are as fast as the first, one may be
called different.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tflitekit.bench.resolution import RESOLUTION
from tflitekit.bench.stats import MIN_REPEATS, interval_of_median

Verdict = Literal["faster", "slower", "inconclusive"]

LARGEST_P = 0.01
"""Of the rank test, for a verdict. Starts under load are not independent, so that a nominal 5 % was
more in fact."""


@dataclass(frozen=True)
class Comparison:
    """One model against the first.

    Attributes:
        verdict: what can be said with 95 % confidence.
        ratio: the median over the rounds of its time over the first's; below 1 it is faster.
        ci95: the interval of the ratio; None below `MIN_REPEATS`.
        p_value: of the Mann-Whitney U test, two-sided; None below `MIN_REPEATS`.
        reason: why it is inconclusive; None where it is not.
    """

    verdict: Verdict
    ratio: float
    ci95: tuple[float, float] | None
    p_value: float | None
    reason: str | None


def compare(first_us: Sequence[float], other_us: Sequence[float]) -> Comparison:
    """Say whether `other` is faster or slower than `first`.

    Args:
        first_us, other_us: the median of each start, in the order of the rounds.

    Raises:
        ValueError: there is not one of each for every round.
    """
    # Of logarithms, so that it is the same which of the two is called the first.
    logs = [math.log(other / first) for first, other in zip(first_us, other_us, strict=True)]
    ratio, ends = math.exp(np.median(logs)), interval_of_median(logs)
    if ends is None:
        few = f"a verdict needs {MIN_REPEATS} repeats of each"
        return Comparison("inconclusive", ratio, None, None, few)
    interval = math.exp(ends[0]), math.exp(ends[1])
    p_value = rank_test(first_us, other_us)
    reason = doubt(interval, p_value)
    certain: Verdict = "slower" if ratio > 1 else "faster"
    return Comparison("inconclusive" if reason else certain, ratio, interval, p_value, reason)


def doubt(interval: tuple[float, float], p_value: float) -> str | None:
    """Why no verdict follows; None where one does."""
    low, high = interval
    if low <= 1 <= high:
        return f"the ratio may be anything from {low:.3f} to {high:.3f}"
    if p_value >= LARGEST_P:
        return "the starts of both differ among themselves as much"
    if low <= 1 + RESOLUTION and high >= 1 / (1 + RESOLUTION):
        return f"it may be less than {RESOLUTION:.0%}, which placement in memory alone can make"
    return None


def rank_test(first: Sequence[float], other: Sequence[float]) -> float:
    """The two-sided p-value of the Mann-Whitney U test, exact where no two values are equal."""
    from scipy.stats import mannwhitneyu

    tied = len({*first, *other}) < len(first) + len(other)
    found: Any = mannwhitneyu(first, other, method="asymptotic" if tied else "exact")
    return float(found.pvalue)
