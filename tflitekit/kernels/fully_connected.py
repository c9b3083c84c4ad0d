"""tflitekit.fully_connected: y = x W^T + b for few rows of x, int8.

LiteRT packs weights for many rows, and keeps the packed copy; for one row that takes longer than
to read them as they are in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import BlockParts, block, header
from tflitekit.kernels.fused_activation import limits
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.rule import OpRule

_X, _WEIGHTS, _BIAS = 0, 1, 2


def match(around: Surroundings, end: Op) -> Region | None:
    """Nothing of a float graph: it takes the place of integer ops, once these are planned."""
    return None


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """Header; then, for each output, the bias less what the zero point of x is worth, the sum of
    the weights, and the scale of the sum in steps of y.

    Args:
        op: FULLY_CONNECTED with its integer constants.
        inputs: of x, of the weights, and of the bias, which is not looked at.
        outputs: of y.
    """
    x, weights, y = inputs[_X], inputs[_WEIGHTS], outputs[0]
    if x is None or weights is None or y is None:
        raise ValueError("x, the weights and y are int8")
    steps = np.asarray(_constant(op, _WEIGHTS), np.int8)
    sums = steps.sum(axis=1, dtype=np.int64)
    bias = _constant(op, _BIAS) if len(op.inputs) > _BIAS and op.inputs[_BIAS] else 0
    scales = np.asarray(weights.scales, np.float64) * x.scales[0] / y.scales[0]
    low, high = limits(op, y)
    fields = header(outputs=len(sums), zero_point=y.zero_points[0], low=low, high=high)
    return [
        block(
            fields,
            (bias - x.zero_points[0] * sums).astype(np.int32),
            sums.astype(np.int32),
            np.broadcast_to(scales, sums.shape).astype(np.float32),
        )
    ]


def reference(
    x: NDArray[np.int8], weights: NDArray[np.int8], parameters: NDArray[np.int8]
) -> tuple[NDArray[Any]]:
    """y = (x W^T + bias) * scale + zero point, int8 [..., outputs].

    Args:
        x: int8 [..., depth].
        weights: int8 [outputs, depth].
        parameters: of `pack`. The sums of the weights are for versions that add something to x.
    """
    parts = BlockParts(parameters)
    outputs, zero_point, low, high = parts.header("iiii")
    biases, _, scales = (parts.array(outputs, dtype) for dtype in ("int32", "int32", "float32"))
    sums = x.astype(np.int64) @ weights.T.astype(np.int64) + biases
    scaled = sums.astype(np.int32).astype(np.float32) * scales + np.float32(zero_point)
    return (np.clip(round_into(scaled), low, high).astype(np.int8),)


def _constant(op: Op, position: int) -> NDArray[Any]:
    tensor = op.inputs[position]
    if tensor is None or tensor.data is None:
        raise ValueError(f"operand {position} of {op.name} is a constant")
    return tensor.data


FULLY_CONNECTED = CustomOp(
    name="tflitekit.fully_connected",
    summary="few rows times constant weights, which are read as they are in the file",
    rule=OpRule(data=(0,), weights=_WEIGHTS, axis=0, bias=_BIAS),
    pack=pack,
    reference=reference,
    match=match,
)
