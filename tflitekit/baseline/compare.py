"""What changed from one baseline to another. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tflitekit.baseline.baseline import Baseline, Key
from tflitekit.gates.judge import differing_members
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.reasons import improved, other_setting

Kind = Literal["same", "better", "worse", "unclear", "refused", "added", "removed"]
"""Unclear is a difference within noise; refused are two that were measured differently."""


@dataclass(frozen=True)
class Change:
    """One quantity of one model on one device, before and after.

    Attributes:
        model: its name in the settings.
        device: as the settings name it; None where the file tells.
        quantity: that was measured.
        before, after: what was measured; None where there is nothing.
        kind: what became of it.
        reason: why it is refused; "" where it is not.
    """

    model: str
    device: str | None
    quantity: str
    before: Measurement | None
    after: Measurement | None
    kind: Kind
    reason: str = ""


def compare_baselines(before: Baseline, after: Baseline) -> tuple[Change, ...]:
    """What changed, sorted by model, device and quantity."""
    return tuple(_changes(before, after))


def _changes(before: Baseline, after: Baseline) -> Iterator[Change]:
    for key in sorted({*before.measurements, *after.measurements}, key=by_name):
        first, other = before.measurements.get(key), after.measurements.get(key)
        kind, reason = _kind(first, other)
        yield Change(*key, first, other, kind, reason)


def by_name(key: Key) -> tuple[str, str, str]:
    """What keys are sorted by: what the file tells comes before the devices."""
    model, device, quantity = key
    return model, device or "", quantity


def _kind(before: Measurement | None, after: Measurement | None) -> tuple[Kind, str]:
    if before is None:
        return "added", ""
    if after is None:
        return "removed", ""
    differing = differing_members(after, before)
    if differing:
        return "refused", other_setting(differing)
    if improved(after, before):
        return "better", ""
    if improved(before, after):
        return "worse", ""
    return ("same" if before.value == after.value else "unclear"), ""
