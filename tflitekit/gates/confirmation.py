"""Times that fail their limits are measured twice before a gate is red. Pure.

An interval knows the noise of its own minute only. Whatever is slow for all of that minute, such as
the neighbours of a virtual machine, looks like a slower model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tflitekit.gates import reasons
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.gates.verdict import Outcome, Verdict


def red_times(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts that a second measurement has to confirm."""
    return tuple(
        one
        for one in verdicts
        if one.outcome == "failed" and QUANTITIES[one.quantity].source == "timing"
    )


def confirmed(first: Iterable[Verdict], again: Iterable[Verdict]) -> Iterator[Verdict]:
    """Verdicts of which a red time is red only if it is so in both measurements.

    Args:
        first: all of a model.
        again: on a second measurement of what `red_times` says.
    """
    verdicts = tuple(first)
    seconds = {_place(one): one for one in again}
    red = {_place(one) for one in red_times(verdicts)}
    for one in verdicts:
        yield _together(one, seconds[_place(one)]) if _place(one) in red else one


def _place(verdict: Verdict) -> tuple[str, str | None, str]:
    return verdict.quantity, verdict.device, verdict.kind


def _together(first: Verdict, second: Verdict) -> Verdict:
    outcome: Outcome = "failed" if second.outcome == "failed" else "inconclusive"
    reason = reasons.measured_again(first.reason, second.reason, outcome)
    return replace(first, outcome=outcome, reason=reason)
