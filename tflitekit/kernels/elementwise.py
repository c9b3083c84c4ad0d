"""Regions of a graph that are a function of one number, applied to every element of a tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings, read_by


@dataclass(frozen=True)
class Elementwise:
    """What is known of a builtin op that works element by element.

    Attributes:
        builtin: whether LiteRT's own int8 kernel of it alone is right, and as fast as a table, so
            that one op of it gains nothing by becoming a table.
    """

    builtin: bool = False


_TABLE = Elementwise()
_BUILTIN = Elementwise(builtin=True)

ELEMENTWISE: Mapping[str, Elementwise] = {
    **dict.fromkeys(("SELECT", "SELECT_V2"), _BUILTIN),
    **dict.fromkeys(
        (
            *("NEG", "SQUARE", "SQRT", "POW", "ELU", "HARD_SWISH", "SIN", "COS", "SIGN"),
            *("FLOOR", "CEIL", "ROUND", "DIV", "FLOOR_DIV", "FLOOR_MOD", "ATAN2", "ADD_N"),
            *("ZEROS_LIKE", "CAST", "BUCKETIZE"),
            *("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT"),
            *("STABLEHLO_CBRT", "STABLEHLO_REMAINDER"),
            # Right in LiteRT, but 2 to 2000 times slower than a table, and most slower than float.
            *("ABS", "EXP", "GELU", "LEAKY_RELU", "LOG", "LOGISTIC", "RSQRT", "TANH"),
            *("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "PRELU"),
            *("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE"),
            *("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"),
        ),
        _TABLE,
    ),
}
"""Every builtin op that computes an element of its output from the same element of its operands."""

_SMALL = 65536
"""Elements of a constant that is looked at for being one number."""


def match(around: Surroundings, end: Op) -> Region | None:
    """The largest region that ends in `end` and is a function of the elements of one tensor.

    A region of one op counts where LiteRT has no kernel for it that is right and fast.
    """
    return largest_region(around, end) if end.outputs[0].dtype == "float32" else None


def largest_region(around: Surroundings, end: Op) -> Region | None:
    """The same, whatever the type of what `end` gives."""
    if not _is_elementwise(end):
        return None
    ops = {end}
    best: Region | None = None
    while True:
        variables = read_by(ops)
        if len(variables) == 1 and _is_worth_it(ops) and variables[0].dtype == "float32":
            best = Region(tuple(ops), variables, end.outputs)
        grown = around.last_before(ops, _is_elementwise)
        if grown is None:
            return best
        ops.add(grown)


def _is_elementwise(op: Op) -> bool:
    """Whether every operand is one number or has the shape of the output."""
    if op.custom or op.name not in ELEMENTWISE:
        return False
    shape = op.outputs[0].shape
    return all(
        _is_one_number(tensor) if tensor.is_constant else tensor.shape == shape
        for tensor in op.operands
    )


def _is_one_number(constant: Tensor) -> bool:
    if constant.size > _SMALL or constant.data is None:
        return False
    values = np.asarray(constant.data)
    return values.size > 0 and bool((values == values.flat[0]).all())


def _is_worth_it(ops: set[Op]) -> bool:
    return not all(ELEMENTWISE[op.name].builtin for op in ops)
