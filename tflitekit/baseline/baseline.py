"""Accepted measurements, by model, quantity and device. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tflitekit.gates.measurement import Measurement
from tflitekit.gates.report import CheckReport

Key = tuple[str, str | None, str]
"""Model, device and quantity."""


@dataclass(frozen=True)
class Baseline:
    """What models measured when somebody accepted it.

    Attributes:
        measurements: by model, device and quantity.
    """

    measurements: Mapping[Key, Measurement] = field(default_factory=dict)

    def find(self, model: str, quantity: str, device: str | None) -> Measurement | None:
        """What a model had of a quantity on a device; None where nobody saved that."""
        return self.measurements.get((model, device, quantity))

    def merged(self, newer: Baseline) -> Baseline:
        """With what is newer in place of the same of this one; what it does not have stays."""
        return Baseline({**self.measurements, **newer.measurements})


@dataclass(frozen=True)
class LeftOut:
    """A measurement that nothing can be held to.

    Attributes:
        model: that it is of.
        measurement: what was measured.
        reason: why not.
    """

    model: str
    measurement: Measurement
    reason: str


def of_report(report: CheckReport) -> tuple[Baseline, tuple[LeftOut, ...]]:
    """What a check measured, and what of that is not fit to be a baseline."""
    return of_measurements(
        (model.name, found) for model in report.models for found in model.measurements
    )


def of_measurements(
    found: Iterable[tuple[str, Measurement]],
) -> tuple[Baseline, tuple[LeftOut, ...]]:
    """Measurements as a baseline, and those of them that are not fit to be in one.

    Args:
        found: each model's name with a measurement of it.
    """
    kept: dict[Key, Measurement] = {}
    left_out = []
    for model, one in found:
        reason = _unfit(one)
        if reason:
            left_out.append(LeftOut(model, one, reason))
        else:
            kept[model, one.device, one.quantity] = one
    return Baseline(kept), tuple(left_out)


def _unfit(found: Measurement) -> str:
    """Why a gate could not be relative to it; "" where one could."""
    if found.void:
        return f"it is void: {', '.join(found.void)}"
    if not math.isfinite(found.value):
        return "it is no finite number"
    if found.interval is None and not found.about.deterministic:
        return "it was timed too few times to have an interval"
    return ""
