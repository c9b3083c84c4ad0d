"""tflitekit.softmax: softmax over the last axis, with the masks and biases added to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import BlockParts, block, header
from tflitekit.kernels.logits import exponential
from tflitekit.kernels.logits.packed import packed_terms, place_terms, read_terms
from tflitekit.kernels.logits.scalar_function import number
from tflitekit.kernels.logits.walk import Logits, logits_of
from tflitekit.quantize.rule import FixedOutput, OpRule

_SELECTS = ("SELECT", "SELECT_V2")

STEPS = 256
"""Steps of the output from 0 to 1; -128 stands for 0."""

MOST_KEYS = 65536
"""Elements along the last axis whose weights sum to less than 2^31."""


def match(around: Surroundings, end: Op) -> Region | None:
    """SOFTMAX with what is added before it, and what sets masked rows to 0 after it."""
    softmax = zeroed_softmax(around, end)
    ops = {end} if softmax is not None else set()
    if softmax is None:
        softmax = end
    if softmax.custom or softmax.name != "SOFTMAX" or not is_softmax_of_rows(softmax):
        return None
    shared, own = (logits_of(around, softmax, None, shares=shares) for shares in (True, False))
    for logits in (shared, own, _plain(softmax)):
        region = None if logits is None else _region(end, softmax, logits, ops)
        if region is not None and around.is_closed(region):
            return region
    return None


def zeroed_softmax(around: Surroundings, end: Op) -> Op | None:
    """The SOFTMAX whose result is 0 where its own mask is false, as Keras writes it."""
    if end.custom or end.name not in _SELECTS:
        return None
    condition, *choices = end.inputs
    for place, (one, other) in enumerate((choices, choices[::-1])):
        softmax = around.made_by(one, "SOFTMAX")
        if softmax is None or number(other) != 0:
            continue
        before = around.made_by(softmax.inputs[0], *_SELECTS)
        masks_the_same = (
            before is not None
            and before.inputs[0] is condition
            and number(before.inputs[2 - place]) is not None
        )
        alone = around.is_only_read_by(softmax.outputs[0], {end})
        if masks_the_same and alone and softmax.outputs[0].shape == end.outputs[0].shape:
            return softmax
    return None


def is_softmax_of_rows(softmax: Op) -> bool:
    """Whether the kernel takes its shape."""
    shape = softmax.outputs[0].shape
    return softmax.outputs[0].is_static and len(shape) > 0 and 0 < shape[-1] <= MOST_KEYS


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The block: header, the table of exp, the weights by step, and the terms."""
    x = inputs[0]
    if x is None:
        raise ValueError("x is int8")
    options, shape = op.options or {}, op.outputs[0].shape
    rows = shape[-2] if len(shape) > 1 else 1
    head = header(
        matrices=math.prod(shape[:-2]),
        rows=rows,
        columns=shape[-1],
        empty_is_zero=int(options["empty_is_zero"]),
        scale=float(np.float32(x.scales[0] * options["factor"] * exponential.UNITS)),
    )
    masks = [params for operand, params in zip(op.inputs[1:], inputs[1:], strict=True) if operand]
    terms = packed_terms(options["terms"], masks)
    low, high = exponential.by_step(x.scales[0] * options["factor"])
    return [block(head, exponential.table(), low, high, *terms)]


def reference(x: NDArray[np.int8], *others: NDArray[Any]) -> tuple[NDArray[Any]]:
    """y = 256 * weight / (sum of the row's weights) - 128, of x's shape.

    The zero point of x moves a whole row, which a softmax does not see. Where no numbers are added,
    a weight is looked up by the steps below the largest.
    """
    *operands, packed = others
    parts = BlockParts(packed)
    *shape, empty_is_zero, scale = parts.header("iiiif")
    parts.array(exponential.PARTS, "uint16")
    low, high = parts.array(256, "uint8"), parts.array(256, "uint8")
    added = read_terms(parts, operands, (shape[0], shape[1], shape[2]))
    steps = x.reshape(shape).astype(np.int64)
    if added.numbers is None:
        found = exponential.weights_by_step(steps, added, low + 256 * high.astype(np.int32))
    else:
        found = exponential.weights(steps, added, scale, 0)
    y = quotients(found.values, found.sums)
    if empty_is_zero:
        y = np.where(found.is_empty, np.int8(-128), y)
    return (y.reshape(x.shape),)


def quotients(weights: NDArray[np.int32], sums: NDArray[np.int64]) -> NDArray[np.int8]:
    """256 * weights / sums - 128 in int8, by a reciprocal of 15 bits.

    Args:
        weights: below 2^15.
        sums: of theirs, from 2^14 on.
    """
    exponents = np.frexp(sums.astype(np.float64))[1].astype(np.int64) - 9
    reciprocals = np.minimum(((1 << (exponents + 23)) + sums // 2) // sums, 32767)
    scaled = (weights * reciprocals + 2**14) >> 15
    steps = (scaled + (1 << (exponents - 1))) >> exponents
    return np.asarray(np.minimum(steps, 255) - 128, np.int8)


def _plain(softmax: Op) -> Logits | None:
    x = softmax.inputs[0]
    beta = float((softmax.options or {}).get("beta", 1.0))
    return None if x is None or beta <= 0 else Logits(x, beta, ops={softmax})


def _region(end: Op, softmax: Op, logits: Logits, ops: set[Op]) -> Region | None:
    shape = softmax.outputs[0].shape
    placed = place_terms(logits.terms, shape)
    if placed is None or logits.core.shape != shape:
        return None
    options = {
        "factor": logits.factor,
        "terms": placed.terms,
        "empty_is_zero": end is not softmax,
    }
    inputs = [logits.core, *placed.float_operands, *placed.truth_operands]
    inside = tuple({softmax, *ops, *logits.ops})
    return Region(inside, inputs, end.outputs, options, copyable=logits.copyable)


SOFTMAX = CustomOp(
    name="tflitekit.softmax",
    summary="softmax, with any mask or bias",
    rule=OpRule(data=(0, 1, 2), fixed=FixedOutput(1 / STEPS, -128)),
    pack=pack,
    reference=reference,
    match=match,
)
