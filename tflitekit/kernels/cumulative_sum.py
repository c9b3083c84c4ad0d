"""tflitekit.cumulative_sum: running sums along an axis, which LiteRT has no int8 kernel for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings, body_ops
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block, header
from tflitekit.kernels.rounding import requantize
from tflitekit.quantize.rule import OpRule


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """One block of one part, the header."""
    (x, *_), (y,) = inputs, outputs
    if x is None or y is None:
        raise ValueError("x and y are int8")
    (inner,) = body_ops(op)
    options, axis = inner.options or {}, inner.inputs[1]
    place = int(np.asarray(axis.data if axis is not None else 0).flat[0])
    fields = header(
        axis=place % len(op.outputs[0].shape),
        exclusive=int(bool(options.get("exclusive"))),
        reverse=int(bool(options.get("reverse"))),
        x_zero=x.zero_points[0],
        y_zero=y.zero_points[0],
        scale=float(x.scales[0] / y.scales[0]),
    )
    return [block(fields)]


def reference(x: NDArray[np.int8], packed: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y of x's shape; an exclusive sum holds what was before its element."""
    axis, exclusive, reverse, x_zero, y_zero = packed[:20].view(np.int32).tolist()
    scale = float(packed[20:24].view(np.float32)[0])
    steps = x.astype(np.int32) - x_zero
    turned = np.flip(steps, axis) if reverse else steps
    sums = np.cumsum(turned, axis, dtype=np.int32) - (turned if exclusive else 0)
    result = requantize(np.asarray(sums, np.int32), scale, y_zero)
    return (np.ascontiguousarray(np.flip(result, axis) if reverse else result),)


def match(around: Surroundings, end: Op) -> Region | None:
    """A CUMSUM of float32 along a constant axis."""
    if end.custom or end.name != "CUMSUM" or end.outputs[0].dtype != "float32":
        return None
    x, axis = end.operands
    if x.is_constant or not axis.is_constant or not x.shape:
        return None
    return Region((end,), (x,), end.outputs)


CUMULATIVE_SUM = CustomOp(
    name="tflitekit.cumulative_sum",
    summary="CUMSUM",
    rule=OpRule(data=(0,)),
    pack=pack,
    reference=reference,
    match=match,
)
