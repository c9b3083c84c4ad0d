"""tflitekit.cast: integers and truth values as int8 that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block, header
from tflitekit.kernels.rounding import requantize
from tflitekit.quantize.rule import OpRule

SOURCES = ("bool", "int32", "int64")
"""The types that it takes."""


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """One block of one part, the header: output steps for 1, and the zero point."""
    (y,) = outputs
    if y is None:
        raise ValueError("y is int8")
    return [block(header(scale=float(1 / y.scales[0]), zero_point=y.zero_points[0]))]


def reference(x: NDArray[Any], packed: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y = round(x * scale + zero_point), of x's shape; x is limited to int32 first."""
    limits = np.iinfo(np.int32)
    values = np.clip(x.astype(np.int64), limits.min, limits.max).astype(np.int32)
    scale, zero_point = float(packed[:4].view(np.float32)[0]), int(packed[4:8].view(np.int32)[0])
    return (requantize(values, scale, zero_point),)


def match(around: Surroundings, end: Op) -> Region | None:
    """A CAST of computed integers or truth values to float32."""
    if end.custom or end.name != "CAST" or end.outputs[0].dtype != "float32":
        return None
    (x,) = end.operands
    if x.is_constant or x.dtype not in SOURCES:
        return None
    return Region((end,), (x,), end.outputs)


CAST = CustomOp(
    name="tflitekit.cast",
    summary="CAST from bool and from integers",
    rule=OpRule(data=()),
    pack=pack,
    reference=reference,
    match=match,
)
