"""tflitekit.rescale: the same real numbers in other steps, int8.

LiteRT's QUANTIZE rounds the ratio of two int8 scales to 1/256, which costs up to 3.7 dB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block, header
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.rule import OpRule


def match(around: Surroundings, end: Op) -> Region | None:
    """Nothing of a float graph: it is put where a plan changes the parameters of an activation."""
    return None


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """Header: the zero point of x, its steps in steps of y, the zero point of y."""
    (x,), (y,) = inputs, outputs
    if x is None or y is None:
        raise ValueError("x and y are integers")
    scale = float(np.float64(x.scales[0]) / y.scales[0])
    return [block(header(subtracted=x.zero_points[0], scale=scale, added=float(y.zero_points[0])))]


def reference(x: NDArray[Any], parameters: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y = (x - subtracted) * scale + added, int8, of x's shape.

    Args:
        x: int8 or int16.
        parameters: of `pack`.
    """
    (subtracted,) = parameters[:4].view(np.int32)
    scale, added = parameters[4:12].view(np.float32)
    return (round_into((x.astype(np.int32) - subtracted).astype(np.float32) * scale + added),)


RESCALE = CustomOp(
    name="tflitekit.rescale",
    summary="other steps for the same numbers, from int8 or int16 to int8",
    rule=OpRule(data=(0,)),
    pack=pack,
    reference=reference,
    match=match,
)
