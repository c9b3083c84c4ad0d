"""Whether a measured value keeps a limit. Pure.

**Noise.** A value that is the same every time passes or fails. A timed one has a 95 % interval, and
passes or fails only if all of it is on one side of the limit; one without an interval cannot tell.

**Baselines** have an interval, too. The limit is then somewhere between those that follow from its
two ends, and a verdict needs the value's whole interval beyond both: for a tolerance of a share t
and less being better, it passes if high <= (1 + t) * baseline's low. Each end is wrong in 2.5 % of
cases, so a verdict is in at most 5 %, however the two depend on each other (Bonferroni's
inequality). Asking for intervals that do not overlap is stricter than a test of the difference at
5 % (Schenker and Gentleman, On Judging the Significance of Differences by Examining the Overlap
Between Confidence Intervals, 2001): what is left open could be decided by more repeats, and a red
gate is right. The two did not take turns, so nothing better can be computed (`bench.comparison`).

**Order.** A missing value, void conditions, a missing baseline and one of another setting leave a
limit open, and are told in this order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from tflitekit.gates import reasons
from tflitekit.gates.amounts import format_amount
from tflitekit.gates.limit import Limit
from tflitekit.gates.measurement import Interval, Measurement
from tflitekit.gates.quantities import Quantity
from tflitekit.gates.verdict import Outcome, Verdict

_SLACK = 1e-12
"""Of the values: 98.5 % less 0.5 points is 98 %, whatever doubles make of it."""


@dataclass(frozen=True)
class _Case:
    """One limit of one model, and what is known."""

    model: str
    limit: Limit
    observed: Measurement | None
    baseline: Measurement | None
    device: str | None
    error: str | None

    def verdict(
        self, kind: Literal["absolute", "relative"], outcome: Outcome, reason: str
    ) -> Verdict:
        relative = kind == "relative"
        return Verdict(
            model=self.model,
            quantity=self.limit.quantity,
            device=self.device,
            kind=kind,
            outcome=outcome,
            observed=self.observed,
            baseline=self.baseline if relative else None,
            limit=self.limit.tolerance_words if relative else self.limit.bound_words,
            reason=reason,
        )


def judge(
    model: str,
    limit: Limit,
    observed: Measurement | None,
    baseline: Measurement | None = None,
    *,
    device: str | None = None,
    error: str | None = None,
) -> tuple[Verdict, ...]:
    """Hold one quantity of a model to its limit.

    Args:
        model: its name in the settings.
        limit: of the quantity.
        observed: what was measured; None where that failed.
        baseline: the same quantity, model and device in the baseline; None where it has none.
        device: where it was to be measured, for a failed measurement.
        error: why that failed.

    Returns:
        One verdict on the bound, where there is one, then one on the tolerance, where there is one.

    Raises:
        ValueError: a measurement is of another quantity than the limit.
    """
    for measured in (observed, baseline):
        if measured is not None and measured.quantity != limit.quantity:
            raise ValueError(f"{measured.quantity} was measured, but {limit.quantity} is limited")
    place = observed.device if observed is not None else device
    case = _Case(model, limit, observed, baseline, place, error)
    verdicts = []
    if limit.bound is not None:
        verdicts.append(_absolute(case, limit.bound))
    if limit.tolerance is not None:
        verdicts.append(_relative(case))
    return tuple(verdicts)


def differing_members(
    observed: Measurement, baseline: Measurement
) -> dict[str, tuple[str | None, str | None]]:
    """What two measurements do not have in common, by name: the observed's, and the baseline's;
    None where one does not have it.
    """
    ours = {"device": observed.device, **observed.setting}
    theirs = {"device": baseline.device, **baseline.setting}
    pairs = {name: (ours.get(name), theirs.get(name)) for name in sorted({*ours, *theirs})}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _absolute(case: _Case, bound: float) -> Verdict:
    doubt = _doubt_of_observed(case)
    if case.observed is None or doubt:
        return case.verdict("absolute", "inconclusive", doubt)
    outcome = _outcome(case.observed.range, (bound, bound), case.limit.about)
    return case.verdict("absolute", outcome, reasons.against_bound(case.observed, bound, outcome))


def _relative(case: _Case) -> Verdict:
    doubt = _doubt_of_observed(case) or _doubt_of_baseline(case)
    if case.observed is None or case.baseline is None or doubt:
        return case.verdict("relative", "inconclusive", doubt)
    worst = [case.limit.worst_allowed(end) for end in _ends(case.baseline.range)]
    outcome = _outcome(case.observed.range, (min(worst), max(worst)), case.limit.about)
    allowed = case.limit.worst_allowed(case.baseline.value)
    reason = reasons.against_baseline(case.observed, case.baseline, allowed, outcome)
    return case.verdict("relative", outcome, reason)


def _doubt_of_observed(case: _Case) -> str:
    """Why what was measured decides nothing; "" where it does."""
    if case.observed is None:
        return reasons.not_measured(case.error)
    shown = format_amount(case.observed.value, case.limit.about.unit)
    return _doubt_of(case.observed, shown, reasons.MORE_REPEATS)


def _doubt_of_baseline(case: _Case) -> str:
    """Why the baseline decides nothing; "" where it does."""
    if case.baseline is None or case.observed is None:
        return reasons.no_baseline(case.model, case.limit.quantity, case.device)
    differing = differing_members(case.observed, case.baseline)
    if differing:
        return reasons.other_setting(differing)
    return _doubt_of(case.baseline, "the baseline", reasons.NEW_BASELINE)


def _doubt_of(measured: Measurement, name: str, remedy: str) -> str:
    if not math.isfinite(measured.value):
        return f"{name} is no finite number"
    if measured.void:
        return reasons.void(measured.void, name, measured.device)
    if measured.about.deterministic or measured.interval is not None:
        return ""
    return f"{name} has no interval: it was timed too few times; {remedy}"


def _ends(baseline: Interval) -> tuple[float, ...]:
    """The baselines of which the worst allowed values are extreme: the ends, and 0, where a share
    of the baseline's size has a kink.
    """
    low, high = baseline
    return (low, 0.0, high) if low < 0 < high else (low, high)


def _outcome(value: Interval, worst: Interval, quantity: Quantity) -> Outcome:
    """Of a value somewhere in an interval, if the worst allowed is somewhere in another."""
    if quantity.better == "higher":
        value, worst = (-value[1], -value[0]), (-worst[1], -worst[0])
    if value[1] <= worst[0] + _slack(value[1], worst[0]):
        return "passed"
    return "failed" if value[0] > worst[1] + _slack(value[0], worst[1]) else "inconclusive"


def _slack(first: float, other: float) -> float:
    return _SLACK * max(abs(first), abs(other))
