"""What an op's version can depend on: conditions on its types, shapes, scales and options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tflitekit.graph.model import Op, Tensor

Condition = Callable[[Op], bool]


def always(op: Op) -> bool:
    """Holds for every op."""
    return True


def operand(position: int, *dtypes: str) -> Condition:
    """The operand at `position` is there and has one of the types."""
    return lambda op: _dtype(op.inputs, position) in dtypes


def result(position: int, *dtypes: str) -> Condition:
    """The output at `position` is there and has one of the types."""
    return lambda op: _dtype(op.outputs, position) in dtypes


def either(*dtypes: str) -> Condition:
    """The first operand or the first output has one of the types."""
    return any_of(operand(0, *dtypes), result(0, *dtypes))


def throughout(dtype: str) -> Condition:
    """The first operand and the first output have this type."""
    return all_of(operand(0, dtype), result(0, dtype))


def weighted(activations: str, weights: str, position: int = 1) -> Condition:
    """Activations of one type, in and out, and weights of another at `position`."""
    return all_of(throughout(activations), operand(position, weights))


def option(name: str) -> Condition:
    """The option is set: neither absent nor false, 0 or "NONE"."""
    return lambda op: _option(op, name) not in (None, False, 0, "NONE")


def option_is(name: str, value: Any) -> Condition:
    """The option has this value."""
    return lambda op: _option(op, name) == value


def option_above_one(name: str) -> Condition:
    """The option is a number above 1."""
    return lambda op: (_option(op, name) or 0) > 1


def absent(position: int) -> Condition:
    """The list of operands ends before `position`; one that is left out by -1 is in the list."""
    return lambda op: len(op.inputs) <= position


def rank_above(rank: int) -> Condition:
    """The first operand has more axes than this."""
    return lambda op: _rank(op, 0) > rank


def rank_is(rank: int, *positions: int) -> Condition:
    """One of the operands at `positions` has this many axes."""
    return lambda op: any(_rank(op, position) == rank for position in positions)


def broadcast_above(rank: int) -> Condition:
    """The first two operands differ in shape, and one has more axes than this."""

    def holds(op: Op) -> bool:
        shapes = [one.shape for one in op.operands]
        return len(shapes) > 1 and shapes[0] != shapes[1] and max(map(len, shapes)) > rank

    return holds


def grouped(op: Op) -> bool:
    """The filter, operand 1, reads fewer channels than the image has."""
    image, filters = op.inputs[:2]
    if image is None or filters is None or not image.shape:
        return False
    return image.shape[-1] != filters.shape[-1]


def scale_each(position: int, axis: int) -> Condition:
    """The operand at `position` has as many scales as it is long along `axis`."""
    return lambda op: _has_scale_each(_at(op.inputs, position), axis)


def several_scales(tensor: Callable[[Op], Tensor | None], axis: int | None = None) -> Condition:
    """A tensor has a scale for each index, more than one, along `axis` or else its own axis."""

    def holds(op: Op) -> bool:
        one = tensor(op)
        if one is None or one.quantization is None or not one.quantization.per_channel:
            return False
        return _has_scale_each(one, one.quantization.axis if axis is None else axis)

    return holds


def quantized(op: Op) -> bool:
    """The integers of one of the first two operands stand for real numbers."""
    return any(one is not None and one.is_quantized for one in op.inputs[:2])


def sparse(position: int) -> Condition:
    """The operand at `position` is a sparse constant."""

    def holds(op: Op) -> bool:
        tensor = _at(op.inputs, position)
        return tensor is not None and tensor.sparsity is not None

    return holds


def product_scale_reaches_one(op: Op) -> bool:
    """The scales of both operands, multiplied and divided by the output's, give 1 or more."""
    tensors = [*op.inputs[:2], *op.outputs[:1]]
    params = [one.quantization for one in tensors if one is not None and one.is_quantized]
    if len(params) < 3 or not all(one is not None and len(one.scales) for one in params):
        return False
    left, right, out = (np.float32(one.scales[0]) for one in params if one is not None)
    return bool(out != 0 and left * right / out >= 1)


def all_of(*conditions: Condition) -> Condition:
    """Every one of them holds."""
    return lambda op: all(condition(op) for condition in conditions)


def any_of(*conditions: Condition) -> Condition:
    """At least one of them holds."""
    return lambda op: any(condition(op) for condition in conditions)


def without(condition: Condition) -> Condition:
    """It does not hold."""
    return lambda op: not condition(op)


def first_operand(op: Op) -> Tensor | None:
    """For `several_scales`."""
    return _at(op.inputs, 0)


def second_operand(op: Op) -> Tensor | None:
    """For `several_scales`."""
    return _at(op.inputs, 1)


def first_result(op: Op) -> Tensor | None:
    """For `several_scales`."""
    return _at(op.outputs, 0)


def _at(tensors: Any, position: int) -> Tensor | None:
    return tensors[position] if position < len(tensors) else None


def _dtype(tensors: Any, position: int) -> str | None:
    tensor = _at(tensors, position)
    return None if tensor is None else tensor.dtype


def _rank(op: Op, position: int) -> int:
    tensor = _at(op.inputs, position)
    return 0 if tensor is None else len(tensor.shape)


def _option(op: Op, name: str) -> Any:
    return (op.options or {}).get(name)


def _has_scale_each(tensor: Tensor | None, axis: int) -> bool:
    if tensor is None or tensor.quantization is None or axis >= len(tensor.shape):
        return False
    return len(tensor.quantization.scales) == tensor.shape[axis] > 0
