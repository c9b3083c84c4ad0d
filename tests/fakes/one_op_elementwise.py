"""Ops that work element by element, and those along one axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.fakes.one_op import IMAGE, Given, OneOp, values


def binary_ops() -> Iterator[OneOp]:
    left, right = Given((2, 8, 16), -1.0, 3.0), Given((2, 8, 16), -4.0, 2.0)
    row, one = Given((16,), -4.0, 2.0), Given((1,), 0.5, 2.0)
    for op in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE"):
        yield OneOp(op, "", (left, right))
        yield OneOp(op, "broadcast a row", (left, row))
        yield OneOp(op, "broadcast both", (Given((2, 1, 16)), Given((1, 8, 1), -4.0, 2.0)))
        yield OneOp(op, "with a constant", (left, values(16, low=-5.0, high=2.0)))
        yield OneOp(op, "a constant first", (values(2, 8, 16, low=-5.0, high=2.0), left))
        yield OneOp(op, "ranges far apart", (left, Given((2, 8, 16), -0.1, 0.2)))
        yield OneOp(op, "a scalar", (left, one))
        yield OneOp(op, "rank 5", (Given((2, 1, 2, 3, 8)), Given((2, 3, 2, 3, 8), -4.0, 2.0)))
    for op in ("ADD", "SUB", "MUL"):
        for activation in ("RELU", "RELU6", "RELU_N1_TO_1"):
            fused = {"fused_activation_function": activation}
            yield OneOp(op, f"and {activation}", (left, right), fused)
    yield OneOp("DIV", "", (left, Given((2, 8, 16), 0.5, 2.0)))
    yield OneOp("DIV", "by a constant", (left, values(16, low=0.5, high=2.0)))
    yield OneOp("DIV", "small quotients", (left, Given((2, 8, 16), 20.0, 50.0)))
    yield OneOp("DIV", "small divisors", (left, Given((2, 8, 16), 0.05, 2.0)))
    yield OneOp("DIV", "divisors around zero", (left, Given((2, 8, 16), -2.0, 2.0)))
    yield OneOp("POW", "", (Given((2, 8, 16), 0.1, 2.0), Given((2, 8, 16), -1.0, 2.0)))
    yield OneOp("FLOOR_DIV", "", (left, Given((2, 8, 16), 0.5, 2.0)))
    yield OneOp("FLOOR_MOD", "", (left, Given((2, 8, 16), 0.5, 2.0)))
    yield OneOp("ATAN2", "", (left, right))
    yield OneOp("ADD_N", "", (left, right, left))


def unary_ops() -> Iterator[OneOp]:
    yield _unary("ABS", -3.0, 2.0)
    yield _unary("NEG", -3.0, 2.0)
    yield _unary("RSQRT", 0.5, 4.0)
    yield _unary("SQRT", 0.0, 4.0)
    yield _unary("SQUARE", -3.0, 2.0)
    yield _unary("EXP", -3.0, 1.0)
    yield _unary("LOG", 0.5, 4.0)
    yield _unary("SIN", -3.0, 2.0)
    yield _unary("COS", -3.0, 2.0)
    yield _unary("FLOOR", -9.0, 5.0)
    yield _unary("CEIL", -9.0, 5.0)
    yield _unary("ROUND", -9.0, 5.0)
    yield _unary("SIGN", -3.0, 2.0)
    yield _unary("ELU", -3.0, 2.0)
    yield _unary("ZEROS_LIKE", -3.0, 2.0)
    yield _unary("GELU", -4.0, 3.0, approximate=False)
    yield _unary("GELU", -4.0, 3.0, "approximate", approximate=True)
    yield _unary("HARD_SWISH", -5.0, 4.0)
    yield _unary("LEAKY_RELU", -4.0, 3.0, alpha=0.2)
    yield _unary("LEAKY_RELU", -4.0, 3.0, "alpha above 1", alpha=1.5)
    yield _unary("LEAKY_RELU", -4.0, 3.0, "alpha below 0", alpha=-0.3)
    for op in ("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"):
        yield _unary(op, -2.0, 3.0)
    yield _unary("RELU6", -2.0, 9.0, "wide")
    yield _unary("RELU6", -20.0, 3.0, "mostly negative")
    yield OneOp("PRELU", "", (IMAGE, values(1, 1, 8, low=-0.1, high=0.5)))
    yield OneOp("PRELU", "positive slopes", (IMAGE, values(1, 1, 8, low=0.1, high=0.5)))
    yield OneOp("PRELU", "computed slopes", (IMAGE, Given((1, 1, 8), -0.1, 0.5)))
    yield _unary("LOGISTIC", -6.0, 5.0)
    yield _unary("TANH", -3.0, 2.0)
    yield _unary("SOFTMAX", -4.0, 3.0, beta=1.0)
    yield _unary("SOFTMAX", -4.0, 3.0, "beta 0.5", beta=0.5)
    yield OneOp("SOFTMAX", "rows", (Given((4, 64), -9.0, 3.0),), {"beta": 1.0})
    yield _unary("LOG_SOFTMAX", -4.0, 3.0)
    yield _unary("L2_NORMALIZATION", -4.0, 3.0)
    yield _unary("LOCAL_RESPONSE_NORMALIZATION", -4.0, 3.0, radius=2, bias=1.0, alpha=1.0, beta=0.5)


def _unary(op: str, low: float, high: float, variant: str = "", **options: Any) -> OneOp:
    return OneOp(op, variant, (Given((1, 6, 8, 16), low, high),), options)
