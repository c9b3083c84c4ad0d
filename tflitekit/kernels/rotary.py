"""tflitekit.rotary: rotary position embeddings, by cosines and sines that are constants.

Each element of a row is the sum of two elements of that row with weights of 16 bits, exact in
integers, and rounded once; what is rotated only in part has one element with weight there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import BlockParts, block, header
from tflitekit.kernels.rotary_match import Rotation, match
from tflitekit.kernels.rounding import requantize
from tflitekit.quantize.rule import OpRule

_LARGEST = 32767
"""Of a weight. Two times 255 steps of x with it are less than 2^24."""


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """Header, segments of neighbouring columns that are made of neighbours, weights of the first
    and of the second element."""
    (x,), (y,) = inputs, outputs
    if x is None or y is None:
        raise ValueError("x and y are int8")
    rotation: Rotation = (op.options or {})["rotation"]
    segments = _segments(rotation.places)
    step = float(np.abs(rotation.weights).max(initial=1e-30)) / _LARGEST
    weights = np.rint(rotation.weights / step).astype(np.int16)
    fields = header(
        columns=rotation.places.shape[1],
        steps=weights.shape[1],
        repeat=rotation.repeat,
        segments=len(segments),
        x_zero=x.zero_points[0],
        y_zero=y.zero_points[0],
        scale=float(np.float32(step * x.scales[0] / y.scales[0])),
    )
    return [block(fields, segments, *weights)]


def reference(x: NDArray[np.int8], parameters: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y = (x[first] * weight + x[second] * weight) * scale + zero point, of x's shape, where x is
    less its zero point."""
    parts = BlockParts(parameters)
    columns, steps, repeat, count, x_zero, y_zero, scale = parts.header("iiiiiif")
    segments = parts.array(3 * count, "int32").reshape(count, 3)
    weights = [parts.array(steps * columns, "int16").reshape(steps, columns) for _ in range(2)]
    rows = x.reshape(-1, columns).astype(np.int32) - x_zero
    step = np.arange(len(rows)) // repeat % steps
    sums = np.zeros(rows.shape, np.int32)
    for term, weight in enumerate(weights):
        own = [np.arange(one[0]) + one[1 + term] for one in segments]
        sums += rows[:, np.concatenate(own)] * weight[step].astype(np.int32)
    return (requantize(sums, scale, y_zero).reshape(x.shape),)


def _segments(places: NDArray[np.int64]) -> NDArray[np.int32]:
    """Length, first and second place of each run of columns that are made of neighbours."""
    breaks = (np.diff(places, axis=1) != 1).any(axis=0)
    begins = np.flatnonzero(np.concatenate([[True], breaks]))
    lengths = np.diff([*begins, places.shape[1]])
    return np.stack([lengths, *places[:, begins]], axis=1).astype(np.int32)


ROTARY = CustomOp(
    name="tflitekit.rotary",
    summary="rotary position embeddings",
    rule=OpRule(data=(0,)),
    pack=pack,
    reference=reference,
    match=match,
)
