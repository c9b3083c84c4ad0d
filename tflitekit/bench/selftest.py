"""How far verdicts can be trusted on a device: a model against itself. Pure.

The starts of one model, in order, are cut into windows that overlap, and each window is taken as a
comparison of two models that took turns. Whatever is then called a difference is a false alarm. The
same windows with one side made slower on paper tell what would have been found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tflitekit.bench.comparison import Comparison, compare, doubt, rank_test
from tflitekit.bench.schedule import schedule

STARTS_A_REPEAT = 10
"""Starts of a self-test for each repeat of a comparison, which takes two of them."""

MOST_WINDOWS = 100
EFFECTS = (0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
"""Slowdowns that are tried, as shares."""

SURELY = 0.9
"""The share of comparisons that must find a slowdown for it to count as seen."""


@dataclass(frozen=True)
class SelfTest:
    """What came of it.

    Attributes:
        starts: of the model, in all.
        repeats: starts of each side of a comparison.
        comparisons: how many windows were compared; they overlap, so they are not independent.
        false_alarms: how many of them had a verdict.
        found: the share of comparisons that find each slowdown of `EFFECTS`.
        smallest_effect: the smallest slowdown from which on `SURELY` are found; None where not even
            the largest of `EFFECTS` is.
    """

    starts: int
    repeats: int
    comparisons: int
    false_alarms: int
    found: dict[float, float]
    smallest_effect: float | None

    @property
    def false_alarm_rate(self) -> float:
        """As a share of the comparisons."""
        return self.false_alarms / self.comparisons


def self_test(medians_us: Sequence[float], repeats: int) -> SelfTest:
    """Compare the starts of one model with each other.

    Args:
        medians_us: of each start, in order; at least two for each of `repeats`.
        repeats: starts of each side of a comparison, as `bench` would take them.
    """
    windows = _windows(medians_us, repeats)
    compared = [compare(first, other) for first, other in windows]
    found = {effect: _share_found(windows, compared, effect) for effect in EFFECTS}
    return SelfTest(
        starts=len(medians_us),
        repeats=repeats,
        comparisons=len(windows),
        false_alarms=sum(one.verdict != "inconclusive" for one in compared),
        found=found,
        smallest_effect=smallest_effect(found),
    )


_Window = tuple[list[float], list[float]]


def _windows(medians_us: Sequence[float], repeats: int) -> list[_Window]:
    order, length = schedule(2, repeats), 2 * repeats
    most = len(medians_us) - length + 1
    step = max(1, -(-most // MOST_WINDOWS))
    cuts = [medians_us[at : at + length] for at in range(0, most, step)]
    return [(_side(cut, order, 0), _side(cut, order, 1)) for cut in cuts]


def _side(medians_us: Sequence[float], order: Sequence[int], side: int) -> list[float]:
    return [us for us, model in zip(medians_us, order, strict=True) if model == side]


def _share_found(
    windows: Sequence[_Window], compared: Sequence[Comparison], effect: float
) -> float:
    pairs = zip(windows, compared, strict=True)
    return sum(_finds(window, one, 1 + effect) for window, one in pairs) / len(windows)


def _finds(window: _Window, compared: Comparison, factor: float) -> bool:
    """Whether the second side is called slower if it takes `factor` times as long. The ratio and
    its interval grow by the same factor."""
    if compared.ci95 is None:
        return False
    first, other = window
    low, high = compared.ci95
    p_value = rank_test(first, [factor * us for us in other])
    ratio = factor * compared.ratio
    return ratio > 1 and doubt((factor * low, factor * high), p_value) is None


def smallest_effect(found: Mapping[float, float]) -> float | None:
    """From which effect on all are found, so that a lucky small one does not count.

    Args:
        found: the share of comparisons that find each effect.
    """
    smallest = None
    for effect in sorted(found, reverse=True):
        if found[effect] < SURELY:
            break
        smallest = effect
    return smallest
