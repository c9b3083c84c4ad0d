"""Functions that TensorFlow has and TensorFlow Lite has not, as formulas of builtin ops.

TensorFlow's converter gives such a function as a custom op that bears TensorFlow's name for it. A
line of `FORMULAS` makes it run everywhere; being a function of one value, it then becomes a single
table in int8, whatever the formula's length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from tflitekit.graph.model import Model, Op, Subgraph
from tflitekit.graph.passes.formula import (
    Formula,
    Real,
    atan2,
    cos,
    exp,
    gelu,
    log,
    polynomial,
    sign,
    sin,
    sqrt,
    where,
)
from tflitekit.graph.passes.replace import replace_ops

_ROOT_2 = math.sqrt(2.0)

_CENTRE = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
_TAIL = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)


def _erf(x: Real) -> Real:
    """By GELU(sqrt(2) x) = x (1 + erf x) / sqrt(2); close to 0, by its slope there."""
    is_small = abs(x) < 1e-3
    divisor = where(is_small, 0.0 * x + 1.0, x)
    return where(is_small, (2 / math.sqrt(math.pi)) * x, _ROOT_2 * gelu(_ROOT_2 * x) / divisor - 1)


def _erfinv(x: Real) -> Real:
    """M. Giles, Approximating the erfinv function (2010), single precision."""
    w = -log((1.0 - x) * (1.0 + x))
    return x * where(w < 5.0, polynomial(w - 2.5, _CENTRE), polynomial(sqrt(w) - 3.0, _TAIL))


def _digamma(x: Real) -> Real:
    """The asymptotic series six to the right, and the reflection left of 1/2."""
    is_left = x < 0.5
    mirrored = where(is_left, 1.0 - x, x)
    z = mirrored + 6.0
    square = 1.0 / (z * z)
    series = log(z) - 0.5 / z - square * polynomial(square, (1 / 252, -1 / 120, 1 / 12))
    for step in range(6):
        series = series - 1.0 / (mirrored + float(step))
    return where(is_left, series - math.pi * cos(math.pi * x) / sin(math.pi * x), series)


FORMULAS: Mapping[str, Callable[[Real], Real]] = {
    "Acos": lambda x: atan2(sqrt((1.0 - x) * (1.0 + x)), x),
    "Acosh": lambda x: log(x + sqrt(x - 1.0) * sqrt(x + 1.0)),
    "Asin": lambda x: atan2(x, sqrt((1.0 - x) * (1.0 + x))),
    "Asinh": lambda x: sign(x) * log(abs(x) + sqrt(x * x + 1.0)),
    "Atan": lambda x: atan2(x, 1.0),
    "Atanh": lambda x: 0.5 * log((1.0 + x) / (1.0 - x)),
    "Cosh": lambda x: 0.5 * (exp(x) + exp(-x)),
    "Digamma": _digamma,
    "Erf": _erf,
    "Erfc": lambda x: 1.0 - _erf(x),
    "Erfinv": _erfinv,
    "Ndtri": lambda x: _ROOT_2 * _erfinv(2.0 * x - 1.0),
    "Sinh": lambda x: 0.5 * (exp(x) - exp(-x)),
    "Tan": lambda x: sin(x) / cos(x),
}
"""Every such function of one value, by TensorFlow's name; accurate to some 1e-6 in float32."""


def compose_missing(model: Model) -> int:
    """Replace the custom ops of `FORMULAS` by builtin ops that compute the same.

    Returns:
        How many ops were replaced.
    """
    return sum(replace_ops(model, name, _composed, custom=True) for name in FORMULAS)


def _composed(graph: Subgraph, op: Op) -> list[Op] | None:
    (y,) = op.outputs
    if len(op.inputs) != 1 or not y.is_static:
        return None
    (x,) = op.operands
    formula = Formula(graph, y, [])
    result = FORMULAS[op.name](Real(formula, x))
    graph.tensors.remove(result.tensor)
    formula.ops[-1].outputs = [y]
    return formula.ops
