"""Baselines as rows of a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from tflitekit.baseline.baseline import Baseline
from tflitekit.baseline.compare import Change, by_name
from tflitekit.gates.amounts import format_amount, format_apart, format_difference
from tflitekit.report.one_line import harmless
from tflitekit.report.verdict_text import interval_text, setting_text

HEADER = ("model", "quantity", "device", "value", "95 % interval", "setting")
CHANGE_HEADER = ("model", "quantity", "device", "before", "after", "change", "")

_NONE = "-"


def baseline_rows(baseline: Baseline) -> Iterator[tuple[str, ...]]:
    """One row a measurement, sorted by model, device and quantity."""
    for key in sorted(baseline.measurements, key=by_name):
        model, device, quantity = key
        found = baseline.measurements[key]
        value = format_amount(found.value, found.about.unit)
        yield (
            harmless(model),
            quantity,
            harmless(device or _NONE),
            value,
            interval_text(found),
            harmless(setting_text(found.setting) or _NONE),
        )


def change_rows(changes: Iterable[Change]) -> Iterator[tuple[str, ...]]:
    """One row a change."""
    for one in changes:
        place = harmless(one.model), one.quantity, harmless(one.device or _NONE)
        yield *place, *_before_and_after(one), _difference(one), harmless(one.reason or one.kind)


def changes_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes for programs."""
    return [asdict(one) for one in changes]


def _before_and_after(one: Change) -> tuple[str, str]:
    if one.before is not None and one.after is not None:
        before, after = format_apart((one.before.value, one.after.value), one.before.about.unit)
        return before, after
    before, after = (
        _NONE if found is None else format_amount(found.value, found.about.unit)
        for found in (one.before, one.after)
    )
    return before, after


def _difference(one: Change) -> str:
    if one.before is None or one.after is None or one.kind == "refused":
        return _NONE
    unit = one.after.about.unit
    if unit == "version" or one.before.value == one.after.value:
        return _NONE
    return format_difference(one.after.value, one.before.value, unit)
