"""tflitekit.lookup: functions of one int8 value that give truth values or integers, as tables.

LiteRT's int8 comparisons take 10 times as long as in float, and its CAST looks at the raw integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.elementwise import largest_region
from tflitekit.kernels.table import STEPS, evaluate
from tflitekit.quantize.rule import OpRule

RESULTS = ("bool", "int32", "int64")
"""The types that it gives."""


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The table: 256 elements of the output's type as int8, entry q + 128 for the input q."""
    (x,) = inputs
    if x is None:
        raise ValueError("x is int8")
    dtype = op.outputs[0].dtype
    results = np.nan_to_num(evaluate(op, x.dequantize(STEPS)).astype(np.float64))
    if dtype != "bool":
        limits = np.iinfo(dtype)
        results = np.clip(results, limits.min, limits.max)
    return [results.astype(dtype).view(np.int8)]


def reference(
    x: NDArray[np.int8], table: NDArray[np.int8], dtype: str = "bool"
) -> tuple[NDArray[Any]]:
    """y = table[x + 128], of x's shape; `dtype` is the type of y, which the model declares."""
    return (table.view(dtype)[x.astype(np.int64) + 128],)


def match(around: Surroundings, end: Op) -> Region | None:
    """The largest region that ends in `end`, gives one of `RESULTS`, and is a function of the
    elements of one tensor."""
    return largest_region(around, end) if end.outputs[0].dtype in RESULTS else None


LOOKUP = CustomOp(
    name="tflitekit.lookup",
    summary="comparisons with a number; CAST to bool and to integers",
    rule=OpRule(data=(0,), outputs=()),
    pack=pack,
    reference=reference,
    match=match,
)
