"""The options of `convert` that help a layer, as one would write them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from tflitekit.graph.layers import layer_of
from tflitekit.graph.model import Op
from tflitekit.quantize.diagnosis.cause import POOR_DB
from tflitekit.quantize.diagnosis.evidence import Evidence, Subject
from tflitekit.quantize.diagnosis.weight_noise import weights_db

_ALL_WIDER = "--precision int16x8"
"""What helps the model's inputs, which no option names."""


def in_int16(subject: Subject, *more: str) -> str:
    """Wider activations for a layer, and for others with it; what moves elements follows."""
    names = [*more, subject.layer] if subject.layer else more
    return _options("--int16", names) if names else _ALL_WIDER


def in_float(subject: Subject, *more: str) -> str:
    """No integers for a layer, and for others with it."""
    names = [*more, *subject.names]
    return f"--allow-float {_options('--float', names)}" if names else _ALL_WIDER


def wider(evidence: Evidence, subject: Subject, *more: str) -> str:
    """Wider activations, or none, where the weights alone would spoil the layer all the same."""
    coarse = coarse_weights(evidence, subject) is not None
    return in_float(subject, *more) if coarse else in_int16(subject, *more)


def coarse_weights(evidence: Evidence, subject: Subject) -> tuple[Op, float] | None:
    """The op of a layer whose rounded weights make the most noise, and the ratio that it leaves."""
    each = [(op, _weights_db(evidence, op)) for op in subject.ops]
    poor = [(op, db) for op, db in each if db is not None and db < POOR_DB]
    return min(poor, key=lambda one: one[1], default=None)


def layer_name(op: Op) -> str:
    """What names the layer of an op in an option."""
    name = op.outputs[0].name
    return layer_of(name) or name


def _options(option: str, names: Sequence[str]) -> str:
    return " ".join(f"{option} {shlex.quote(name)}" for name in dict.fromkeys(names))


def _weights_db(evidence: Evidence, op: Op) -> float | None:
    x = evidence.seen(op.inputs[0]) if op.inputs and op.inputs[0] is not None else None
    y = evidence.seen(op.outputs[0])
    return None if x is None or y is None else weights_db(op, evidence.plan, x, y)
