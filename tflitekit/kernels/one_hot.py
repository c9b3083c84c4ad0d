"""tflitekit.one_hot: rows that are one value but for one element. LiteRT's int8 ONE_HOT takes 1.3
times as long as in float."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings, body_ops
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block, header
from tflitekit.quantize.rule import OpRule


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The row int8 [depth] that no index is for, and one block of one part, the header: the element
    that an index chooses."""
    (y,) = outputs
    if y is None:
        raise ValueError("y is int8")
    (inner,) = body_ops(op)
    _, depth, on, off = (one.data for one in inner.operands)
    one, other = (y.quantize(np.asarray(value, np.float32)).item() for value in (on, off))
    row = np.full(int(np.asarray(depth).flat[0]), other, np.int8)
    return [row, block(header(on=one))]


def reference(
    indices: NDArray[Any], row: NDArray[np.int8], packed: NDArray[np.int8]
) -> tuple[NDArray[Any]]:
    """y [indices..., depth]."""
    chosen = np.arange(row.size) == indices[..., None]
    return (np.where(chosen, packed[:4].view(np.int32)[0], row).astype(np.int8),)


def match(around: Surroundings, end: Op) -> Region | None:
    """A ONE_HOT of computed indices along a new last axis, with constant values."""
    if end.custom or end.name != "ONE_HOT" or end.outputs[0].dtype != "float32":
        return None
    indices, depth, on, off = end.operands
    if indices.is_constant or indices.dtype not in ("int32", "int64"):
        return None
    if not all(one.is_constant and one.size == 1 for one in (depth, on, off)):
        return None
    if (end.options or {}).get("axis", -1) not in (-1, len(indices.shape)):
        return None
    return Region((end,), (indices,), end.outputs)


ONE_HOT = CustomOp(
    name="tflitekit.one_hot",
    summary="ONE_HOT",
    rule=OpRule(data=()),
    pack=pack,
    reference=reference,
    match=match,
)
