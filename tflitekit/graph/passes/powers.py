"""SQUARE, and POW with a constant exponent, as ops that have an int8 kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tflitekit.graph.model import Model, Op, Subgraph, Tensor
from tflitekit.graph.passes.replace import inner, product, replace_ops


def multiply_for_squares(model: Model) -> int:
    """Replace SQUARE x by MUL(x, x): the same to the bit.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "SQUARE", lambda graph, op: _square(graph, *op.operands, *op.outputs))


def multiply_for_powers(model: Model) -> int:
    """Replace POW with one of the constant exponents 2, 3, 4, 0.5 and -0.5 by MUL, SQRT and
    RSQRT.

    The same within the rounding of float32; of -0.0 and of -infinity, square roots are -0.0 and
    NaN where POW gives 0.0 and infinity.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "POW", _power)


def _power(graph: Subgraph, op: Op) -> Sequence[Op] | None:
    x, exponent = op.operands
    (y,) = op.outputs
    values = exponent.data
    if values is None or not values.size or x.is_constant or x.dynamic_shape != y.dynamic_shape:
        return None
    make = _POWERS.get(float(values.flat[0]))
    return make(graph, x, y) if make is not None and np.all(values == values.flat[0]) else None


def _square(graph: Subgraph, x: Tensor, y: Tensor) -> Sequence[Op]:
    return [product(x, x, y)]


def _cube(graph: Subgraph, x: Tensor, y: Tensor) -> Sequence[Op]:
    square = inner(graph, y, "square")
    return [product(x, x, square), product(square, x, y)]


def _fourth(graph: Subgraph, x: Tensor, y: Tensor) -> Sequence[Op]:
    square = inner(graph, y, "square")
    return [product(x, x, square), product(square, square, y)]


def _root(graph: Subgraph, x: Tensor, y: Tensor) -> Sequence[Op]:
    return [Op("SQRT", [x], [y])]


def _inverse_root(graph: Subgraph, x: Tensor, y: Tensor) -> Sequence[Op]:
    return [Op("RSQRT", [x], [y])]


_POWERS: Mapping[float, Callable[[Subgraph, Tensor, Tensor], Sequence[Op]]] = {
    2.0: _square,
    3.0: _cube,
    4.0: _fourth,
    0.5: _root,
    -0.5: _inverse_root,
}
