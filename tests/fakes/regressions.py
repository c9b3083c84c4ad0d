"""A converted digits classifier, made worse in one way at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tflitekit.graph import Model, Op, Tensor, read_model, write_model
from tflitekit.graph.storage import Buffer, Metadata

_SHIFT = 170_000
"""Of the accumulator of one class: one to three points of accuracy."""

_DETOUR = 7


def larger(model: Model, size: int) -> None:
    """3 % more bytes, which nothing reads."""
    notes = np.random.default_rng(0).integers(0, 256, size * 3 // 100, np.uint8)
    model.metadata.append(Metadata("notes", Buffer(notes)))


def less_accurate(model: Model, size: int) -> None:
    """One class is chosen more often."""
    (dense,) = (op for op in model.ops() if op.name == "FULLY_CONNECTED")
    bias = dense.inputs[2]
    assert bias is not None
    values = np.array(bias.data)
    values[0] += _SHIFT
    bias.data = values


def with_a_float_op(model: Model, size: int) -> None:
    """The probabilities, which are not negative, go through a float RELU."""
    graph = model.main
    (answer,) = graph.outputs
    real, positive = (
        graph.add(Tensor(name, answer.shape, "float32")) for name in ("real", "positive")
    )
    again = graph.add(Tensor("again", answer.shape, "int8", quantization=answer.quantization))
    graph.ops += [
        Op("DEQUANTIZE", [answer], [real]),
        Op("RELU", [real], [positive]),
        Op("QUANTIZE", [positive], [again]),
    ]
    graph.outputs = [again]
    signature = model.signature()
    signature.outputs = dict.fromkeys(signature.outputs, again)


def slower(model: Model, size: int) -> None:
    """The picture, which is not negative, goes through some RELUs: a tenth of the time."""
    graph = model.main
    (picture,) = graph.inputs
    readers = [op for op in graph.ops if picture in op.inputs]
    taken, detour = picture, []
    for number in range(_DETOUR):
        given = graph.add(
            Tensor(f"detour_{number}", picture.shape, "int8", quantization=picture.quantization)
        )
        detour.append(Op("RELU", [taken], [given]))
        taken = given
    for op in readers:
        op.inputs = [taken if tensor is picture else tensor for tensor in op.inputs]
    graph.ops = [*detour, *graph.ops]


REGRESSIONS: Mapping[str, Callable[[Model, int], None]] = {
    "size": larger,
    "accuracy": less_accurate,
    "float_tensors": with_a_float_op,
}
"""By the quantity that notices, which gives the same value every time."""

TIMED: Mapping[str, Callable[[Model, int], None]] = {"latency": slower}
"""By the quantity that notices, if it is timed well."""


def plant(quantity: str, source: Path, out: Path) -> None:
    """Write `source` with one regression as `out`."""
    model = read_model(source)
    {**REGRESSIONS, **TIMED}[quantity](model, source.stat().st_size)
    out.write_bytes(write_model(model))
