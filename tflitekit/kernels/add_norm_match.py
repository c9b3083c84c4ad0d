"""Regions that add two tensors and normalize the rows of the sum."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.fused_activation import activation_of
from tflitekit.kernels.layer_norm import match as match_rows
from tflitekit.kernels.normalize.form import Form


def match(around: Surroundings, end: Op) -> Region | None:
    """A normalization of rows together with the sum that it is of.

    The outputs are the sum, where others read it too, the normalized rows, and, where others read
    these too, what `end` makes of them: another gain. Operands may be scaled by column.
    """
    rows = _rows(around, end)
    if rows is None:
        return None
    (x,) = rows.inputs
    add = around.made_by(x, "ADD")
    if x is None or add is None or not _is_residual(add) or match_rows(around, add) is not None:
        return None
    scaled = [_scaled(around, add, operand) for operand in add.operands]
    ops = (*(op for _, _, op in scaled if op is not None), add, *rows.ops)
    inputs = [operand for operand, _, _ in scaled]
    options = dict(rows.options) | {"scales": tuple(scales for _, scales, _ in scaled)}
    if around.is_only_read_by(x, ops):
        return Region(ops, inputs, rows.outputs, options)
    if not _is_read_behind(around, x, ops, end):
        return None
    return Region(ops, inputs, [x, *rows.outputs], options)


def _rows(around: Surroundings, end: Op) -> Region | None:
    """The normalizations that end in an op: one, or two that differ in the gain."""
    region = match_rows(around, end)
    if region is not None and not around.staying(region):
        return _with_forms(region, region.options["form"])
    y = _column_factors(end)
    first = around.producer(y[0]) if y is not None else None
    region = match_rows(around, first) if first is not None else None
    if y is None or first is None or region is None or activation_of(first) != "NONE":
        return None
    if around.staying(region):
        return None
    if not _is_read_behind(around, y[0], (end, *region.ops), end):
        return None
    form: Form = region.options["form"]
    gain, offset = form.gain * y[1], form.offset * y[1]
    both = replace(region, ops=(*region.ops, end), outputs=[y[0], *end.outputs])
    return _with_forms(both, form, replace(form, gain=gain, offset=offset))


def _with_forms(region: Region, *forms: Form) -> Region:
    activation = region.options["fused_activation_function"]
    return replace(region, options={"forms": forms, "fused_activation_function": activation})


def _scaled(
    around: Surroundings, add: Op, operand: Tensor
) -> tuple[Tensor, NDArray[np.float32] | None, Op | None]:
    """What an operand of the sum is by column, the factors, and the op that multiplies."""
    op = around.made_by(operand, "MUL")
    found = _column_factors(op) if op is not None else None
    if found is None or not around.is_only_read_by(operand, (add,)):
        return operand, None, None
    return *found, op


def _column_factors(op: Op) -> tuple[Tensor, NDArray[np.float32]] | None:
    """The activation that an op multiplies by one constant a column, and these."""
    if op.custom or op.name != "MUL" or activation_of(op) != "NONE":
        return None
    constants = [tensor for tensor in op.operands if tensor.is_constant]
    others = [tensor for tensor in op.operands if not tensor.is_constant]
    if len(constants) != 1 or len(others) != 1 or others[0].shape != op.outputs[0].shape:
        return None
    (factors,), (x,) = constants, others
    columns = x.shape[-1:]
    if factors.data is None or (factors.size,) != columns or factors.shape[-1:] != columns:
        return None
    return x, np.asarray(factors.data, np.float32).ravel()


def _is_residual(add: Op) -> bool:
    """Whether an ADD is of two tensors of one shape, but for axes of 1 in front."""
    shapes = {_without_ones(tensor.shape) for tensor in (*add.operands, *add.outputs)}
    is_computed = not all(tensor.is_constant for tensor in add.operands)
    return is_computed and len(shapes) == 1 and activation_of(add) == "NONE"


def _without_ones(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(itertools.dropwhile(lambda size: size == 1, shape))


def _is_read_behind(around: Surroundings, x: Tensor, ops: Sequence[Op], end: Op) -> bool:
    """Whether all others read a tensor after `end`, where the custom op will stand."""
    others = [op for op in around.readers(x) if op not in ops]
    return all(around.place(op) > around.place(end) for op in others)
