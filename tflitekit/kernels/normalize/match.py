"""Regions of a graph that normalize a tensor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings, read_by
from tflitekit.kernels.fused_activation import BOUNDS, activation_of
from tflitekit.kernels.normalize import algebra
from tflitekit.kernels.normalize.algebra import NoPolynomialError, Value
from tflitekit.kernels.normalize.form import Form, form_of
from tflitekit.kernels.normalize.ops import VALUES

_MOST_OPS = 32
"""More than any spelling of a normalization takes."""


def match(around: Surroundings, end: Op) -> Region | None:
    """The smallest region that ends in `end` and is a normalization.

    It grows backwards by the op that runs last of those that it reads and that nobody else does;
    where that finds nothing, by what others read too: two normalizations of one tensor may have
    their statistics in common. What only scales a normalization that others read, too, is none.
    """
    alone = _grown(around, end, False)
    if alone is not None:
        return alone
    shared = _grown(around, end, True)
    if shared is None or any(match(around, one) for one in around.staying(shared)):
        return None
    return shared


def _grown(around: Surroundings, end: Op, shares: bool) -> Region | None:
    ops: set[Op] = set()
    grown: Op | None = end
    while grown is not None and _is_known(grown, end) and len(ops) < _MOST_OPS:
        ops.add(grown)
        variables = read_by(ops)
        if len(variables) == 1 and _divides_by_a_root(ops):
            form = _form(around, ops, variables[0], end)
            if form is not None:
                options = {"form": form, "fused_activation_function": activation_of(end)}
                copyable = ops - {end} if shares else ()
                return Region(tuple(ops), variables, end.outputs, options, copyable=copyable)
        grown = around.last_before(ops, shares=shares)
    return None


def _is_known(op: Op, end: Op) -> bool:
    allowed = BOUNDS if op is end else ("NONE",)
    return not op.custom and op.name in VALUES and activation_of(op) in allowed


def _divides_by_a_root(ops: set[Op]) -> bool:
    """Whether it is worth a closer look."""
    return any(op.name in ("SQRT", "RSQRT", "POW", "L2_NORMALIZATION") for op in ops)


def _form(around: Surroundings, ops: set[Op], x: Tensor, end: Op) -> Form | None:
    """The normalization of x that the ops compute; None where they compute another thing."""
    if x.dtype != "float32" or end.outputs[0].shape != x.shape:
        return None
    values = {x: algebra.variable(x.shape)}
    try:
        for op in sorted(ops, key=around.place):
            operands = [_value(tensor, values) for tensor in op.operands]
            values[op.outputs[0]] = VALUES[op.name](op, *operands)
        return form_of(values[end.outputs[0]])
    except NoPolynomialError:
        return None


def _value(tensor: Tensor, values: Mapping[Tensor, Value]) -> Value:
    found = values.get(tensor)
    if found is not None:
        return found
    if tensor.data is None:
        raise NoPolynomialError
    return algebra.constant(np.asarray(tensor.data))
