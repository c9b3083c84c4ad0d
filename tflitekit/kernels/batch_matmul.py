"""tflitekit.batch_matmul: matrix products of two activations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import BlockParts, block, header
from tflitekit.kernels.operands.moved import Layout, layout_of
from tflitekit.kernels.operands.packed import (
    gathered,
    packed_layouts,
    read_layouts,
    shaped,
    unshaped,
)
from tflitekit.kernels.operands.products import Tail, Wanted, in_blocks, operands_of, tail_of
from tflitekit.kernels.rounding import requantize
from tflitekit.quantize.rule import OpRule

MOST_DEPTH = 2**31 // 2**16 - 1
"""Products of one sum: each is at most 255 * 255, and the sum less than 2^31."""

_HEADER = "iiiiiiif"


def match(around: Surroundings, end: Op) -> Region | None:
    """A product of two activations, with what moves its operands and its result."""
    tail = tail_of(around, end)
    if tail is None or tail.product.matrix(0)[-1] > MOST_DEPTH:
        return None
    product, inside = tail.product, {tail.product.op, *tail.ops}
    first, second = operands_of(around, [Wanted(product, 0), Wanted(product, 1)], inside)
    layouts = _layouts(tail, first.places, second.places)
    if layouts is None:
        return None
    rows, depth = product.matrix(0)[-2:]
    options = {
        "layouts": layouts,
        "sizes": (rows, depth, product.shape[-1]),
        "factor": first.scale * second.scale,
    }
    ops = {*inside, *first.ops, *second.ops}
    return Region(tuple(ops), [first.source, second.source], [tail.end], options)


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The block (header, layouts) and what `shaped` puts before it."""
    (a, b), (y,) = inputs, outputs
    if a is None or b is None or y is None:
        raise ValueError("both operands and the output are int8")
    options = op.options or {}
    rows, depth, columns = options["sizes"]
    layouts: Sequence[Layout] = options["layouts"]
    scale = a.scales[0] * b.scales[0] * options["factor"] / y.scales[0]
    head = header(
        matrices=layouts[0].offsets.size,
        rows=rows,
        depth=depth,
        columns=columns,
        a_zero_point=a.zero_points[0],
        b_zero_point=b.zero_points[0],
        y_zero_point=y.zero_points[0],
        scale=float(np.float32(scale)),
    )
    tensors = [*op.inputs[:2], op.outputs[0]]
    return shaped(op, block(head, *packed_layouts(layouts, tensors)))


def reference(
    a: NDArray[np.int8], b: NDArray[np.int8], *others: NDArray[Any]
) -> tuple[NDArray[Any]]:
    """y = sum((a - zero point) * (b - zero point)) * scale + zero point."""
    _, shape, packed = unshaped(a, others)
    parts = BlockParts(packed)
    matrices, rows, depth, columns, *zero_points, scale = parts.header(_HEADER)
    layouts = read_layouts(parts, 3, matrices)
    one = gathered(a, layouts[0].places(rows, depth)) - zero_points[0]
    other = gathered(b, layouts[1].places(depth, columns)) - zero_points[1]
    y = np.zeros(shape, np.int8)
    sums = (one @ other).astype(np.int32)
    y.ravel()[layouts[2].places(rows, columns)] = requantize(sums, scale, zero_points[2])
    return (y,)


def _layouts(tail: Tail, *places: NDArray[np.int64]) -> tuple[Layout, ...] | None:
    """Of both operands and the output, one matrix for each of the result."""
    batch = (*tail.product.shape[:-2], 1)
    output = in_blocks(tail.places(), 0, 1)
    found = [layout_of(one, batch, one.shape[-2]) for one in (*places, output)]
    layouts = tuple(one for one in found if one is not None)
    return layouts if len(layouts) == len(found) else None


BATCH_MATMUL = CustomOp(
    name="tflitekit.batch_matmul",
    summary="products of computed matrices, BATCH_MATMUL and the like",
    rule=OpRule(data=(0, 1)),
    pack=pack,
    reference=reference,
    match=match,
)
