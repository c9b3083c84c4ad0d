"""tflitekit.abs_difference: |a - b|, element by element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block, header
from tflitekit.kernels.fused_activation import activation_of
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.rule import OpRule


def match(around: Surroundings, end: Op) -> Region | None:
    """ABS of a SUB of two computed tensors of one shape."""
    difference = around.made_by(end.inputs[0], "SUB") if end.name == "ABS" else None
    if difference is None or activation_of(difference) != "NONE":
        return None
    a, b = difference.operands
    if a.is_constant or b.is_constant or a.shape != b.shape:
        return None
    return Region([difference, end], [a, b], end.outputs)


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """One block of one part, the header."""
    (a, b), (y,) = inputs, outputs
    if a is None or b is None or y is None:
        raise ValueError("a, b and y are int8")
    step = y.scales[0]
    fields = header(
        a_factor=float(a.scales[0] / step),
        b_factor=float(b.scales[0] / step),
        a_zero=int(a.zero_points[0]),
        b_zero=int(b.zero_points[0]),
        y_zero=int(y.zero_points[0]),
    )
    return [block(fields)]


def reference(a: NDArray[np.int8], b: NDArray[np.int8], packed: NDArray[np.int8]) -> Any:
    """y, of the shape of a and b."""
    a_factor, b_factor = packed[:8].view(np.float32)
    a_zero, b_zero, y_zero = packed[8:20].view(np.int32)
    left = (a.astype(np.int32) - a_zero).astype(np.float32) * a_factor
    right = (b.astype(np.int32) - b_zero).astype(np.float32) * b_factor
    return (round_into(np.abs(left - right) + np.float32(y_zero)),)


ABS_DIFFERENCE = CustomOp(
    name="tflitekit.abs_difference",
    summary="|a - b|",
    rule=OpRule(data=(0, 1)),
    pack=pack,
    reference=reference,
    match=match,
)
