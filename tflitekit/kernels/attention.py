"""tflitekit.attention: softmax(q k^T + masks and biases) v, as one op.

The operands lie where their layouts say, so [B, T, H, D] is as good as [B, H, T, D], and heads may
share keys and values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.kernels.attention_match import match
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import BlockParts, block, header
from tflitekit.kernels.logits import exponential
from tflitekit.kernels.logits.packed import packed_terms, read_terms
from tflitekit.kernels.operands.moved import Layout
from tflitekit.kernels.operands.packed import (
    gathered,
    packed_layouts,
    read_layouts,
    shaped,
    unshaped,
)
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.rule import OpRule

_MOST_FACTOR = 255
"""Of a value less its zero point."""

_HEADER = "iiiiiiiiiiff"

_LEAST_SHIFT = 1
"""Weights have 14 bits at most, so that two products of 8 bits hold one."""


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The block (header, table of exp, layouts, terms) and what `shaped` puts before it."""
    q, k, v, *others = inputs
    (y,) = outputs
    if q is None or k is None or v is None or y is None:
        raise ValueError("queries, keys, values and the output are int8")
    options = op.options or {}
    queries, keys, depth, columns = options["sizes"]
    layouts: Sequence[Layout] = options["layouts"]
    unit = q.scales[0] * k.scales[0] * options["factor"] * exponential.UNITS
    head = header(
        matrices=layouts[0].offsets.size,
        queries=queries,
        keys=keys,
        depth=depth,
        columns=columns,
        shift=max(_LEAST_SHIFT, exponential.shift_for(keys, _MOST_FACTOR)),
        empty_is_zero=int(options["empty_is_zero"]),
        q_zero_point=q.zero_points[0],
        v_zero_point=v.zero_points[0],
        y_zero_point=y.zero_points[0],
        scale=float(np.float32(unit)),
        y_scale=float(np.float32(v.scales[0] * options["value_factor"] / y.scales[0])),
    )
    masks = [params for one, params in zip(op.inputs[3:], others, strict=True) if one is not None]
    packed = block(
        head,
        exponential.table(),
        *packed_layouts(layouts, [*op.inputs[:3], op.outputs[0]]),
        *packed_terms(options["terms"], masks),
    )
    return shaped(op, packed)


def reference(
    q: NDArray[np.int8], k: NDArray[np.int8], v: NDArray[np.int8], *others: NDArray[Any]
) -> tuple[NDArray[Any]]:
    """y = sum(weight * (v - zero point)) * (y_scale / sum(weight)) + zero point.

    The logits are sums of (q - zero point) * k: the zero point of the keys moves a whole row, which
    a softmax does not see.
    """
    operands, shape, packed = unshaped(q, others)
    parts = BlockParts(packed)
    matrices, queries, keys, depth, columns, shift, empty_is_zero, *numbers = parts.header(_HEADER)
    q_zero_point, v_zero_point, y_zero_point, scale, y_scale = numbers
    parts.array(exponential.PARTS, "uint16")
    layouts = read_layouts(parts, 4, matrices)
    query = gathered(q, layouts[0].places(queries, depth)) - q_zero_point
    key = gathered(k, layouts[1].places(keys, depth))
    value = gathered(v, layouts[2].places(keys, columns)) - v_zero_point
    added = read_terms(parts, operands, (matrices, queries, keys))
    found = exponential.weights(query @ key.swapaxes(-1, -2), added, scale, shift)
    factors = np.float32(y_scale) / found.sums.astype(np.float32)
    if empty_is_zero:
        factors = np.where(found.is_empty, np.float32(0), factors)
    mixed = (found.values.astype(np.int64) @ value).astype(np.float32)
    y = np.zeros(shape, np.int8)
    places = layouts[3].places(queries, columns)
    y.ravel()[places] = round_into(mixed * factors + np.float32(y_zero_point))
    return (y,)


ATTENTION = CustomOp(
    name="tflitekit.attention",
    summary="scaled-dot-product attention, with any mask or bias",
    rule=OpRule(data=(0, 1, 2, 3, 4)),
    pack=pack,
    reference=reference,
    match=match,
)
