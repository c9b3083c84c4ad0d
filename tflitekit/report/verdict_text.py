"""Measurements and verdicts in words and figures, the same in every format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tflitekit.gates.amounts import format_amount, format_apart, format_difference
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.verdict import WORST_FIRST, Outcome, Verdict

FILE: Final = "file"
"""Stands for the device of what the file tells."""

_IN_PERCENT = ("bytes", "macs", "us")
"""Units of which changes are told in percent of the baseline."""


def observed_text(measurement: Measurement | None) -> str:
    """What was measured, with its 95 % interval where it has one."""
    if measurement is None:
        return "-"
    return _with_interval(format_amount(measurement.value, measurement.about.unit), measurement)


def interval_text(measurement: Measurement) -> str:
    """Its 95 % interval; a dash where it has none."""
    if measurement.interval is None:
        return "-"
    low, high = (format_amount(end, measurement.about.unit) for end in measurement.interval)
    return f"{low} - {high}"


def setting_text(setting: Mapping[str, str]) -> str:
    """What it was measured with."""
    return ", ".join(f"{name} {told}" for name, told in sorted(setting.items()))


def pair_texts(observed: Measurement | None, baseline: Measurement | None) -> tuple[str, str]:
    """The same of two, with as many digits as it takes to tell their values apart."""
    if observed is None or baseline is None:
        return observed_text(observed), observed_text(baseline)
    texts = format_apart((observed.value, baseline.value), observed.about.unit)
    return _with_interval(texts[0], observed), _with_interval(texts[1], baseline)


def change_text(observed: Measurement | None, baseline: Measurement | None) -> str:
    """How much it differs from the baseline: in percent of it, points, or its unit."""
    if observed is None or baseline is None:
        return "-"
    if observed.value == baseline.value:
        return "="
    unit = observed.about.unit
    if unit == "version":
        return f"from {format_amount(baseline.value, unit)}"
    if unit in _IN_PERCENT and baseline.value:
        return f"{100 * (observed.value / baseline.value - 1):+.2f} %"
    return format_difference(observed.value, baseline.value, unit)


def counts(verdicts: Iterable[Verdict]) -> dict[Outcome, int]:
    """How many there are of each outcome, the worst first."""
    found = [verdict.outcome for verdict in verdicts]
    return {outcome: found.count(outcome) for outcome in WORST_FIRST}


def summary_text(verdicts: Sequence[Verdict]) -> str:
    """All gates in a few words."""
    if not verdicts:
        return "no limits are set"
    told = [f"{count} {outcome}" for outcome, count in counts(verdicts).items() if count]
    return f"{', '.join(told)} of {len(verdicts)} gates"


def gate_text(verdict: Verdict) -> str:
    """What is limited: the quantity, and the device that it was measured on."""
    return verdict.quantity + (f" on {verdict.device}" if verdict.device is not None else "")


def _with_interval(text: str, measurement: Measurement) -> str:
    return text if measurement.interval is None else f"{text} ({interval_text(measurement)})"
