"""Why a limit holds, does not, or is left open: in words, with the figures. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tflitekit.gates.amounts import format_amount, format_apart, format_difference
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.verdict import Outcome

MORE_REPEATS = "raise repeats"
NEW_BASELINE = "save a new one from a check with more repeats"
SAVE_COMMAND = "tflitekit check --save-baseline"

_WITH_PERCENT = ("bytes", "macs", "us")


def not_measured(error: str | None) -> str:
    """Nothing to judge."""
    return f"not measured: {error}" if error else "not measured"


def void(tags: Sequence[str], name: str, device: str | None) -> str:
    """Conditions under which a number says nothing, and what accepts it nevertheless."""
    table = f"[devices.{device}]" if device else "the settings of the device"
    allow = f"allow = {json.dumps(list(tags))} in {table}"
    return f"{name} is void: {', '.join(tags)}; {allow} would accept it"


def no_baseline(model: str, quantity: str, device: str | None) -> str:
    """Nothing to compare with."""
    place = f" on {device}" if device else ""
    return f"the baseline has no {quantity} of {model}{place}; {SAVE_COMMAND} adds it"


def other_setting(differing: Mapping[str, tuple[str | None, str | None]]) -> str:
    """A baseline that must not be compared with."""
    members = (
        f"{name} {ours or 'unknown'}, there {theirs or 'unknown'}"
        for name, (ours, theirs) in differing.items()
    )
    return f"the baseline was measured differently: {'; '.join(members)}"


def against_bound(observed: Measurement, bound: float, outcome: Outcome) -> str:
    """How far from its bound a value is."""
    value, limit = format_apart((observed.value, bound), observed.about.unit)
    if observed.value == bound:
        text = f"{value}{_range(observed)} equals the limit"
    else:
        text = f"{value}{_range(observed)} is {_distance(observed, bound)} the limit of {limit}"
    return text + _noise(outcome)


def against_baseline(
    observed: Measurement, baseline: Measurement, allowed: float, outcome: Outcome
) -> str:
    """How far from the baseline a value is, what is allowed, and whether it is a new best.

    Args:
        observed, baseline: what is compared.
        allowed: the worst value that is good enough.
        outcome: of the comparison.
    """
    values = observed.value, baseline.value, allowed
    shown = format_apart(values if outcome == "failed" else values[:2], observed.about.unit)
    if observed.value == baseline.value:
        return f"{shown[0]}{_range(observed)} equals the baseline{_noise(outcome)}"
    text = (
        f"{shown[0]}{_range(observed)} is {_distance(observed, baseline.value)} "
        f"the baseline of {shown[1]}{_range(baseline)}"
    )
    if outcome == "failed":
        return f"{text}; {shown[2]} would be allowed"
    if improved(observed, baseline):
        return f"{text}, which is better; a new baseline would hold it there"
    return text + _noise(outcome)


def improved(observed: Measurement, baseline: Measurement) -> bool:
    """Whether a value is better than the baseline for certain."""
    ours, theirs = observed.range, baseline.range
    return ours[1] < theirs[0] if observed.about.better == "lower" else ours[0] > theirs[1]


def measured_again(first: str, second: str, outcome: Outcome) -> str:
    """What two measurements of a time say, of which the first fails its limit.

    Args:
        first, second: the reasons of their verdicts.
        outcome: of both together.
    """
    return f"{first}; {'and' if outcome == 'failed' else 'but'} measured again, {second}"


def _distance(observed: Measurement, other: float) -> str:
    """Such as "5 kB (3.33 %) above", of another value."""
    unit = observed.about.unit
    side = "above" if observed.value > other else "below"
    if unit == "version":
        return side
    size = format_difference(observed.value, other, unit)[1:]
    if unit in _WITH_PERCENT and other:
        size += f" ({100 * abs(observed.value / other - 1):.3g} %)"
    return f"{size} {side}"


def _range(measured: Measurement) -> str:
    if measured.interval is None or measured.about.deterministic:
        return ""
    low, high = (format_amount(end, measured.about.unit) for end in measured.interval)
    return f" ({low} to {high})"


def _noise(outcome: Outcome) -> str:
    if outcome != "inconclusive":
        return ""
    return f", but with noise it may be on either side of what is allowed; {MORE_REPEATS}"
