"""A diagnosis as rows for people. Pure: the console draws them."""

from __future__ import annotations

from tflitekit.quantize.diagnosis.diagnose import Diagnosis, LayerDiagnosis
from tflitekit.quantize.diagnosis.noise import MOST_DB

HEADER = ("layer", "alone", "within", "channels", "MACs", "cause", "what shows it", "what helps")
"""Alone: at the model's output, where only this layer is integer; within: at the layer's output,
in the whole integer model; channels: the same, of the median channel. All in dB."""

_LONGEST = 48


def diagnosis_title(diagnosis: Diagnosis) -> str:
    """What was measured, and how the whole model does."""
    outputs = ", ".join(f"{name} {_db(value)}" for name, value in diagnosis.outputs.items())
    return (
        f"Signal to quantization noise, {diagnosis.samples} samples; all layers together: "
        f"{outputs or 'no float output'}"
    )


def diagnosis_rows(diagnosis: Diagnosis, limit: int | None = None) -> list[tuple[str, ...]]:
    """One row a layer, in the order of `HEADER`, the most costly first.

    Args:
        diagnosis: of a model.
        limit: how many rows at most; None for all.
    """
    return [_row(one) for one in diagnosis.layers[:limit]]


def _row(one: LayerDiagnosis) -> tuple[str, ...]:
    return (
        _short(one.layer),
        _db(one.cost_db),
        _db(one.sqnr_db),
        _db(one.channel_sqnr_db),
        f"{one.macs_share:.1%}",
        one.cause.kind,
        _with_place(one.cause.tensor, one.cause.evidence),
        one.cause.help,
    )


def _with_place(tensor: str, evidence: str) -> str:
    return f"{_short(tensor.split(';')[-1])}: {evidence}" if tensor else evidence


def _db(value: float | None) -> str:
    if value is None:
        return "-"
    return "no noise" if value >= MOST_DB else f"{value:.1f} dB"


def _short(name: str) -> str:
    """The end of a long name tells layers apart; the beginning they share."""
    return name if len(name) <= _LONGEST else f"...{name[-_LONGEST:]}"
