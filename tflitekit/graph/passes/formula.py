"""Functions of real numbers written as Python expressions, and put into a graph as builtin ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tflitekit.graph.model import Op, Subgraph, Tensor

_PLAIN = {"fused_activation_function": "NONE"}


@dataclass
class Formula:
    """The ops that an expression becomes, in the order they run.

    Attributes:
        graph: gets the tensors between them.
        like: has the shape and type of all of them; their names are made of its name.
        ops: those so far.
    """

    graph: Subgraph
    like: Tensor
    ops: list[Op]

    def emit(self, name: str, operands: Sequence[Real | float], **options: Any) -> Real:
        """Another op, and what it gives."""
        dtype = "bool" if name in _COMPARISONS else self.like.dtype
        label = f"{self.like.name}/{name.lower()}_{len(self.ops)}"
        y = self.graph.add(Tensor(label, self.like.shape, dtype))
        inputs: list[Tensor | None] = [self.operand(one) for one in operands]
        self.ops.append(Op(name, inputs, [y], options or None))
        return Real(self, y)

    def operand(self, value: Real | float) -> Tensor:
        """The tensor of a value; a number becomes a constant."""
        if isinstance(value, Real):
            return value.tensor
        return self.graph.constant(f"{self.like.name}/{value:g}", np.float32(value))


@dataclass(frozen=True)
class Real:
    """A value of a formula; arithmetic on it becomes ops."""

    formula: Formula
    tensor: Tensor

    def __add__(self, other: Real | float) -> Real:
        return self.formula.emit("ADD", (self, other), **_PLAIN)

    def __radd__(self, other: float) -> Real:
        return self + other

    def __sub__(self, other: Real | float) -> Real:
        return self.formula.emit("SUB", (self, other), **_PLAIN)

    def __rsub__(self, other: float) -> Real:
        return self.formula.emit("SUB", (other, self), **_PLAIN)

    def __mul__(self, other: Real | float) -> Real:
        return self.formula.emit("MUL", (self, other), **_PLAIN)

    def __rmul__(self, other: float) -> Real:
        return self * other

    def __truediv__(self, other: Real | float) -> Real:
        return self.formula.emit("DIV", (self, other), **_PLAIN)

    def __rtruediv__(self, other: float) -> Real:
        return self.formula.emit("DIV", (other, self), **_PLAIN)

    def __neg__(self) -> Real:
        return self * -1.0

    def __abs__(self) -> Real:
        return self.formula.emit("ABS", (self,))

    def __lt__(self, other: Real | float) -> Real:
        return self.formula.emit("LESS", (self, other))


_COMPARISONS = {"LESS"}


def _function(name: str) -> Callable[[Real], Real]:
    return lambda x: x.formula.emit(name, (x,))


exp, log, sin, cos, sqrt, sign = map(_function, ("EXP", "LOG", "SIN", "COS", "SQRT", "SIGN"))


def gelu(x: Real) -> Real:
    """x times the normal distribution function of x."""
    return x.formula.emit("GELU", (x,), approximate=False)


def atan2(y: Real, x: Real | float) -> Real:
    """The angle of the point (x, y)."""
    return y.formula.emit("ATAN2", (y, x if isinstance(x, Real) else 0.0 * y + x))


def where(condition: Real, one: Real, other: Real) -> Real:
    """`one` where the condition holds, else `other`."""
    return one.formula.emit("SELECT_V2", (condition, one, other))


def polynomial(x: Real, coefficients: Sequence[float]) -> Real:
    """The polynomial with the highest power's coefficient first, by Horner's rule."""
    result = 0.0 * x + coefficients[0]
    for coefficient in coefficients[1:]:
        result = result * x + coefficient
    return result
