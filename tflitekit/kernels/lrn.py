"""tflitekit.lrn: local response normalization, x * (bias + alpha * s)^-beta.

s is the sum of the squares of the channels around that of x. The sum is exact; the power is a table
over the float32 bias + alpha * s, with 64 straight pieces for each power of two, which are at most
1e-5 of it away for beta = 0.75.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import BlockParts, block
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.rule import OpRule

HEADER = np.dtype(
    [(name, "<i4") for name in ("channels", "radius", "x_zero", "y_zero", "pieces", "first")]
    + [(name, "<f4") for name in ("bias", "alpha")]
)
"""As android_bench/kernels/lrn.c takes it."""

PIECE_BITS = 17
"""Of a float32: 6 bits behind the point remain."""

MOST_CHANNELS = 4096
MOST_RADIUS = 127
"""Sums of the squares of so many int8 are exact in float32."""


def match(around: Surroundings, end: Op) -> Region | None:
    """The builtin op, with parameters whose power is of positive numbers."""
    if end.custom or end.name != "LOCAL_RESPONSE_NORMALIZATION":
        return None
    (x,), options = end.operands, end.options or {}
    is_power = options["bias"] > 0 and options["alpha"] >= 0
    fits = 0 <= options["radius"] <= MOST_RADIUS and 0 < x.shape[-1] <= MOST_CHANNELS
    return Region([end], [x], end.outputs, options) if is_power and fits else None


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """Header and table, in steps of x and y."""
    (x,), (y,) = inputs, outputs
    if x is None or y is None or op.options is None:
        raise ValueError("x and y are int8")
    options = op.options
    header = np.zeros((), HEADER)
    header["channels"], header["radius"] = op.outputs[0].shape[-1], options["radius"]
    header["x_zero"], header["y_zero"] = x.zero_points[0], y.zero_points[0]
    header["bias"], header["alpha"] = options["bias"], options["alpha"] * x.scales[0] ** 2
    nodes = _nodes(header)
    header["pieces"], header["first"] = nodes.size - 1, nodes[:1].view(np.int32)[0]
    return [block(header, _table(nodes, options["beta"], x, y))]


def reference(x: NDArray[np.int8], parameters: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y, of x's shape, whose last axis is the channels."""
    parts = BlockParts(parameters)
    header = parts.array(HEADER.itemsize, "u1").view(HEADER)[0]
    table = parts.array(2 * int(header["pieces"]), "<f4").reshape(-1, 2)
    steps = x.astype(np.int64) - header["x_zero"]
    base = header["bias"] + header["alpha"] * _sums(np.square(steps), int(header["radius"]))
    bits = np.maximum(base.view(np.int32) - header["first"], 0)
    value, slope = table[np.minimum(bits >> PIECE_BITS, len(table) - 1)].transpose(
        -1, *range(x.ndim)
    )
    power = value + slope * (bits & ((1 << PIECE_BITS) - 1)).astype(np.float32)
    y = steps.astype(np.float32) * power + np.float32(header["y_zero"])
    return (round_into(y),)


def _sums(squares: NDArray[np.int64], radius: int) -> NDArray[np.float32]:
    """Of each channel and those at most `radius` away."""
    padded = np.pad(squares, [(0, 0)] * (squares.ndim - 1) + [(radius + 1, radius)])
    running = padded.cumsum(-1)
    width = 2 * radius + 1
    sums: NDArray[np.int64] = running[..., width:] - running[..., :-width]
    return sums.astype(np.float32)


def _nodes(header: NDArray[Any]) -> NDArray[np.float32]:
    """Where the pieces meet, from the bias to what no sum exceeds."""
    most = (2 * int(header["radius"]) + 1) * 255**2
    ends = np.stack([header["bias"], header["bias"] + header["alpha"] * np.float32(most)])
    first, last = (ends.view(np.int32) >> PIECE_BITS).tolist()
    return (np.arange(first, last + 2, dtype=np.int32) << PIECE_BITS).view(np.float32)


def _table(
    nodes: NDArray[np.float32], beta: float, x: QuantParams, y: QuantParams
) -> NDArray[np.float32]:
    """Of each piece the value at its begin and the slope by bits, in y steps for one of x."""
    powers = nodes.astype(np.float64) ** -beta * (x.scales[0] / y.scales[0])
    slopes = np.diff(powers) / (1 << PIECE_BITS)
    return np.stack([powers[:-1], slopes], axis=1).astype(np.float32)


LRN = CustomOp(
    name="tflitekit.lrn",
    summary="local response normalization",
    rule=OpRule(data=(0,)),
    pack=pack,
    reference=reference,
    match=match,
)
