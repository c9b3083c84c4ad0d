"""tflitekit.arithmetic: a function of two int8 tensors that broadcast, in arithmetic.

LiteRT's int8 DIV fails where a divisor rounds to 0.0. Its SQUARED_DIFFERENCE and PRELU take 30 to
90 times as long as in float, comparisons 8 to 18 times, MUL 1.4 to 2.4, ADD and SUB that broadcast
1.4 to 1.7. (Of equal shapes these two take 1.1, and stay with the products around them.)

All are in the fixed point of `fixed_point.py`. A quotient is a product with what its divisor stands
for, which is looked up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings, body_ops
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import ALIGNMENT, block, header
from tflitekit.kernels.fixed_point import (
    ONE,
    Units,
    exponent_below,
    output_steps,
    saturated,
    times,
    to_int16,
)
from tflitekit.kernels.fused_activation import BOUNDS, activation_of, limits
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.rule import OpRule

SUM, PRODUCT, QUOTIENT, SQUARED_DIFFERENCE, RECTIFIED = range(5)
"""The functions, as arithmetic.h numbers them."""

_CENTRED = 7
"""How far the distance from a zero point is shifted, so that 255 steps are an int16."""

_BEYOND = 256.0
"""More output steps than there are."""

_HEADER = 48
"""Bytes of the header."""


@dataclass(frozen=True)
class Arithmetic:
    """The parameters of the integer op.

    Attributes:
        function: one of the functions above.
        a_zero, b_zero, y_zero: the zero points.
        a_factor, b_factor: what the operands, or their product, are multiplied with, times 2**15.
        offset: what is added to a sum, in units.
        bias: the output's zero point and half a step, in units.
        shift, doublings: of `fixed_point.Units`.
        low, high: the limits of the output.
    """

    function: int
    a_zero: int
    b_zero: int
    y_zero: int
    a_factor: int = 0
    b_factor: int = 0
    offset: int = 0
    bias: int = 0
    shift: int = 0
    doublings: int = 0
    low: int = -128
    high: int = 127


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """One block: the header, which is the fields of `Arithmetic`, and for a quotient the tables of
    `quotient_tables`."""
    (a, b), (y,) = inputs, outputs
    if a is None or b is None:
        raise ValueError("a and b are int8")
    (inner,) = body_ops(op)
    if y is None:
        return [block(header(**vars(_comparison(inner.name, a, b))))]
    low, high = limits(inner, y)
    found = replace(FUNCTIONS[inner.name](a, b, y), low=low, high=high)
    tables = quotient_tables(a, b, y) if found.function == QUOTIENT else ()
    return [block(header(**vars(found)), *tables)]


def quotient_tables(
    a: QuantParams, b: QuantParams, y: QuantParams
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """What stands for each divisor, int16 [256] each, entry q + 128 for the quantized divisor q.

    A step of a makes `ratio` output steps. The factors are half of it in units, times 2**15; the
    other table holds an output step's part in a unit, times 2**15, with as many units as the factor
    leaves room for. A divisor of 0 makes every step of a leave the range of the output.
    """
    divisors = np.arange(-128, 128) - b.zero_points[0]
    ratio = a.scales[0] / b.scales[0] / y.scales[0] / np.where(divisors == 0, np.inf, divisors)
    ratio = np.clip(np.where(divisors == 0, _BEYOND, ratio), -_BEYOND, _BEYOND)
    shifts = np.clip(np.floor(np.log2(_BEYOND / np.maximum(np.abs(ratio), 1e-30))), 0, 7)
    factors = np.rint(ratio * 2.0 ** (shifts + 15 - _CENTRED - 1))
    units = 2.0 ** (15 - shifts)
    most = ONE - 1
    return np.clip(factors, -most, most).astype(np.int16), np.minimum(units, most).astype(np.int16)


def reference(a: NDArray[np.int8], b: NDArray[np.int8], packed: NDArray[np.int8]) -> Any:
    """y, of the shape that a and b broadcast to; 0 and 1 for a comparison."""
    p = Arithmetic(*packed[:_HEADER].view(np.int32).tolist())
    left, right = a.astype(np.int64), b.astype(np.int64)
    if p.function == QUOTIENT:
        tables = packed[ALIGNMENT:][: 2 * 512].view(np.int16).astype(np.int64).reshape(2, 256)
        result = _quotient(p, left, *tables[:, right + 128])
    else:
        units = _UNITS[p.function](p, left, right)
        result = output_steps(units, p.doublings, p.bias, p.shift)
    return (np.clip(result, p.low, p.high).astype(np.int8),)


def _linear(p: Arithmetic, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    return saturated(times(a << 8, p.a_factor) + times(b << 8, p.b_factor) + p.offset)


def _squared_difference(
    p: Arithmetic, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    difference = np.maximum(_linear(p, a, b), 1 - ONE)
    return times(difference, difference)


def _product(p: Arithmetic, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    return times(times((a - p.a_zero) << _CENTRED, (b - p.b_zero) << _CENTRED), p.a_factor)


def _rectified(p: Arithmetic, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    x, slope = (a - p.a_zero) << _CENTRED, (b - p.b_zero) << _CENTRED
    return np.where(x >= 0, times(x, p.a_factor), times(times(x, slope), p.b_factor))


def _quotient(
    p: Arithmetic, a: NDArray[np.int64], factor: NDArray[np.int64], unit: NDArray[np.int64]
) -> NDArray[np.int64]:
    half = times((a - p.a_zero) << _CENTRED, factor)
    return saturated(times(saturated(2 * half), unit) + p.y_zero)


_UNITS = {
    SUM: _linear,
    PRODUCT: _product,
    SQUARED_DIFFERENCE: _squared_difference,
    RECTIFIED: _rectified,
}


def _sum(a: QuantParams, b: QuantParams, y: QuantParams, sign: int = 1) -> Arithmetic:
    steps = y.scales[0]
    exponent = exponent_below(128 * steps / max(a.scales[0], b.scales[0]))
    return _in_units(_combined(SUM, a, b, y, 2.0**exponent / steps, sign), exponent)


def _difference(a: QuantParams, b: QuantParams, y: QuantParams) -> Arithmetic:
    return _sum(a, b, y, -1)


def _squares(a: QuantParams, b: QuantParams, y: QuantParams) -> Arithmetic:
    """The square of u units is u**2 / 2**15 of them."""
    step = y.scales[0]
    exponent = exponent_below(step * (128 / max(a.scales[0], b.scales[0])) ** 2 / ONE)
    units = math.sqrt(ONE * 2.0**exponent / step)
    return _in_units(_combined(SQUARED_DIFFERENCE, a, b, y, units, -1), exponent)


def _combined(
    function: int, a: QuantParams, b: QuantParams, y: QuantParams, units: float, sign: int
) -> Arithmetic:
    """a + sign * b, `units` units for 1.0."""
    left, right = a.scales[0] * units, sign * b.scales[0] * units
    offset = -a.zero_points[0] * left - b.zero_points[0] * right
    return replace(
        _plain(function, a, b, y),
        a_factor=round(left * ONE / 256),
        b_factor=round(right * ONE / 256),
        offset=to_int16(offset),
    )


def _products(a: QuantParams, b: QuantParams, y: QuantParams) -> Arithmetic:
    """The product of one step with one step, each 128 units, is half a unit."""
    steps = 2 * a.scales[0] * b.scales[0] / y.scales[0]
    exponent = exponent_below(1 / steps)
    factor = to_int16(ONE * steps * 2.0**exponent)
    return _in_units(replace(_plain(PRODUCT, a, b, y), a_factor=factor), exponent)


def _rectifications(a: QuantParams, b: QuantParams, y: QuantParams) -> Arithmetic:
    above = a.scales[0] / y.scales[0] / 128
    below = 2 * a.scales[0] * b.scales[0] / y.scales[0]
    exponent = exponent_below(1 / max(above, below))
    return _in_units(
        replace(
            _plain(RECTIFIED, a, b, y),
            a_factor=to_int16(ONE * above * 2.0**exponent),
            b_factor=to_int16(ONE * below * 2.0**exponent),
        ),
        exponent,
    )


def _quotients(a: QuantParams, b: QuantParams, y: QuantParams) -> Arithmetic:
    return _plain(QUOTIENT, a, b, y)


def _comparison(name: str, a: QuantParams, b: QuantParams) -> Arithmetic:
    """1 where it holds, else 0. A step of the coarser operand is 128 units: what is closer than a
    unit or two may be taken for equal, unless both have the same parameters."""
    sign, bias = COMPARISONS[name]
    left, right = (sign * 128 * one.scales[0] / max(a.scales[0], b.scales[0]) for one in (a, b))
    return Arithmetic(
        SUM, a.zero_points[0], b.zero_points[0], 0,
        a_factor=round(left * ONE / 256), b_factor=-round(right * ONE / 256),
        offset=to_int16(b.zero_points[0] * right - a.zero_points[0] * left),
        bias=bias, low=0, high=1,
    )  # fmt: skip


def _plain(function: int, a: QuantParams, b: QuantParams, y: QuantParams) -> Arithmetic:
    return Arithmetic(function, a.zero_points[0], b.zero_points[0], y.zero_points[0])


def _in_units(p: Arithmetic, exponent: int) -> Arithmetic:
    """With an output step of 2**exponent units."""
    units = Units.of(exponent)
    bias = units.bias(p.y_zero)
    return replace(p, shift=units.shift, doublings=units.doublings, bias=bias)


FUNCTIONS: Mapping[str, Callable[[QuantParams, QuantParams, QuantParams], Arithmetic]] = {
    "ADD": _sum,
    "SUB": _difference,
    "MUL": _products,
    "DIV": _quotients,
    "SQUARED_DIFFERENCE": _squares,
    "PRELU": _rectifications,
}
"""The parameters of the integer op for each builtin op that it can stand for."""

COMPARISONS: Mapping[str, tuple[int, int]] = {
    "LESS": (-1, 0),
    "LESS_EQUAL": (-1, 1),
    "GREATER": (1, 0),
    "GREATER_EQUAL": (1, 1),
}
"""A comparison holds where this sign of a - b, and this many units, make at least one unit."""

_REPAIRED = {"DIV", "MUL", "SQUARED_DIFFERENCE", "PRELU", *COMPARISONS}
"""Where LiteRT's own kernel is wrong or slow whatever the shapes."""


def match(around: Surroundings, end: Op) -> Region | None:
    """One op that LiteRT computes wrongly, or more slowly than in float."""
    if end.custom or not (end.name in FUNCTIONS or end.name in COMPARISONS):
        return None
    operands = list(end.operands)
    if any(one.dtype != "float32" for one in operands) or activation_of(end) not in BOUNDS:
        return None
    if all(one.is_constant for one in operands) or not _is_better(end):
        return None
    return Region((end,), operands, end.outputs)


def _is_better(op: Op) -> bool:
    a, b = op.operands
    return op.name in _REPAIRED or a.shape != b.shape


ARITHMETIC = CustomOp(
    name="tflitekit.arithmetic",
    summary="DIV, MUL, SQUARED_DIFFERENCE, PRELU, LESS and its kind; ADD and SUB that broadcast",
    rule=OpRule(data=(0, 1)),
    pack=pack,
    reference=reference,
    match=match,
)
