"""What builtin ops make of polynomials."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from tflitekit.graph.model import Op
from tflitekit.kernels.normalize import algebra
from tflitekit.kernels.normalize.algebra import NoPolynomialError, Value


def _add(_: Op, a: Value, b: Value) -> Value:
    return algebra.add(a, b)


def _subtract(_: Op, a: Value, b: Value) -> Value:
    return algebra.add(a, algebra.negate(b))


def _multiply(_: Op, a: Value, b: Value) -> Value:
    return algebra.multiply(a, b)


def _divide(_: Op, a: Value, b: Value) -> Value:
    return algebra.multiply(a, algebra.reciprocal(b))


def _negate(_: Op, a: Value) -> Value:
    return algebra.negate(a)


def _square(_: Op, a: Value) -> Value:
    return algebra.multiply(a, a)


def _squared_difference(op: Op, a: Value, b: Value) -> Value:
    return _square(op, _subtract(op, a, b))


def _square_root(_: Op, a: Value) -> Value:
    return algebra.square_root(a)


def _over_square_root(_: Op, a: Value) -> Value:
    return algebra.reciprocal(algebra.square_root(a))


def _power(op: Op, a: Value, exponent: Value) -> Value:
    powers = {2.0: _square, 0.5: _square_root, -0.5: _over_square_root}
    found = powers.get(_number(exponent))
    if found is None:
        raise NoPolynomialError
    return found(op, a)


def _maximum(_: Op, a: Value, b: Value) -> Value:
    value, number = _and_number(a, b)
    return algebra.at_least(value, number)


def _minimum(_: Op, a: Value, b: Value) -> Value:
    value, number = _and_number(a, b)
    return algebra.at_most(value, number)


def _mean(op: Op, a: Value, _: Value) -> Value:
    keep = bool((op.options or {}).get("keep_dims"))
    return algebra.mean(a, _axes(op, a), keep)


def _sum(op: Op, a: Value, axes: Value) -> Value:
    count = np.asarray(math.prod(a.shape[axis] for axis in _axes(op, a)))
    return algebra.multiply(_mean(op, a, axes), algebra.constant(count))


def _reshape(op: Op, a: Value, *_: Value) -> Value:
    shape = op.outputs[0].shape
    return algebra.moved(a, lambda array: array.reshape(shape))


def _transpose(op: Op, a: Value, _: Value) -> Value:
    axes = _integers(op)
    return algebra.moved(a, lambda array: array.transpose(axes))


def _l2_normalize(_: Op, a: Value) -> Value:
    """Along the last axis; LiteRT's kernel divides by 1e-6 or more."""
    last = len(a.shape) - 1
    count = algebra.constant(np.asarray(a.shape[last]))
    squares = algebra.multiply(algebra.mean(algebra.multiply(a, a), (last,), True), count)
    norm = algebra.at_least(algebra.square_root(squares), 1e-6)
    return algebra.multiply(a, algebra.reciprocal(norm))


def _axes(op: Op, a: Value) -> tuple[int, ...]:
    """The axes along which an op reduces a value."""
    return tuple(sorted({axis % len(a.shape) for axis in _integers(op)}))


def _integers(op: Op) -> list[int]:
    """The constant second operand."""
    operand = op.inputs[1]
    if operand is None or operand.data is None:
        raise NoPolynomialError
    return [int(one) for one in np.asarray(operand.data).ravel()]


def _and_number(a: Value, b: Value) -> tuple[Value, float]:
    """A value and a positive number that are there in either order."""
    value, number = (b, a) if a.places is None else (a, b)
    found = _number(number)
    if found <= 0:
        raise NoPolynomialError
    return value, found


def _number(a: Value) -> float:
    factors = a.terms.get(algebra.ONE)
    if a.places is not None or factors is None or factors.ndim:
        raise NoPolynomialError
    return float(factors)


VALUES: Mapping[str, Callable[..., Value]] = {
    "ADD": _add,
    "SUB": _subtract,
    "MUL": _multiply,
    "DIV": _divide,
    "NEG": _negate,
    "SQUARE": _square,
    "SQUARED_DIFFERENCE": _squared_difference,
    "SQRT": _square_root,
    "RSQRT": _over_square_root,
    "POW": _power,
    "MAXIMUM": _maximum,
    "MINIMUM": _minimum,
    "MEAN": _mean,
    "SUM": _sum,
    "L2_NORMALIZATION": _l2_normalize,
    "TRANSPOSE": _transpose,
    **dict.fromkeys(("RESHAPE", "SQUEEZE", "EXPAND_DIMS"), _reshape),
}
"""What an op makes of its operands."""
