"""tflitekit.embedding: rows of a table that has a scale for each row.

The table of a language model's words is often that of its logits, too, where each word is an output
channel with a scale of its own. With these scales here as well, the file holds the table once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block, header
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.rule import OpRule

_TABLE, _IDS = 0, 1
_ID_TYPES = ("int32", "int64")


def match(around: Surroundings, end: Op) -> Region | None:
    """A GATHER of rows of a constant that a matrix product has as its weights."""
    if end.custom or end.name != "GATHER":
        return None
    table, ids = end.inputs[_TABLE], end.inputs[_IDS]
    if table is None or ids is None or ids.is_constant or ids.dtype not in _ID_TYPES:
        return None
    options = end.options or {}
    is_of_rows = len(table.shape) == 2 and not options.get("axis") and not options.get("batch_dims")
    if not is_of_rows or table.dtype != "float32" or not table.is_constant:
        return None
    shared = any(_is_equal(table, weights) for weights in _weights(around))
    return Region((end,), (table, ids), end.outputs) if shared else None


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """Header and the scale of each row in steps of y."""
    table, y = inputs[_TABLE], outputs[0]
    if table is None or y is None:
        raise ValueError("the table and y are int8")
    scales = np.asarray(table.scales, np.float64) / y.scales[0]
    bits = int(np.iinfo(y.dtype).bits)
    fields = header(rows=len(scales), zero_point=y.zero_points[0], y_bits=bits)
    return [block(fields, scales.astype(np.float32))]


def reference(
    table: NDArray[np.int8], ids: NDArray[Any], parameters: NDArray[np.int8]
) -> tuple[NDArray[Any]]:
    """y = table[ids] * scale[ids] + zero point, int8 or int16 [..., columns].

    Args:
        table: int8 [rows, columns].
        ids: int32 or int64 of any shape, each from 0 to rows - 1.
        parameters: of `pack`.
    """
    rows, zero_point, bits = parameters[:12].view(np.int32)
    scales = parameters[64 : 64 + 4 * rows].view(np.float32)
    scaled = table[ids].astype(np.float32) * scales[ids][..., None]
    return (round_into(scaled + np.float32(zero_point), f"int{bits}"),)


def _weights(around: Surroundings) -> Iterator[Tensor]:
    for op in around.graph.ops:
        weights = op.inputs[1] if op.name == "FULLY_CONNECTED" else None
        if weights is not None and weights.is_constant:
            yield weights


def _is_equal(one: Tensor, other: Tensor) -> bool:
    if (one.shape, one.dtype) != (other.shape, other.dtype):
        return False
    mine, theirs = one.raw, other.raw
    if mine is None or theirs is None:
        return False
    is_same = one.buffer is other.buffer  # as in a file that holds it once
    return is_same or np.array_equal(mine, theirs)


EMBEDDING = CustomOp(
    name="tflitekit.embedding",
    summary="rows of a table with a scale for each row, which logits can share",
    rule=OpRule(data=(), weights=_TABLE, axis=0, int16=True, mixed=True),
    pack=pack,
    reference=reference,
    match=match,
)
