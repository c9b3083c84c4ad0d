"""CAST from truth values, and ZEROS_LIKE, as ops that have a right int8 kernel."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.graph.model import Model, Op, Subgraph
from tflitekit.graph.passes.replace import number, product, replace_ops


def choose_for_casts(model: Model) -> int:
    """Replace CAST from bool to float32 by SELECT_V2(x, 1, 0): the same to the bit.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "CAST", _choice)


def multiply_for_zeros(model: Model) -> int:
    """Replace ZEROS_LIKE x by MUL(x, 0): the same but for the sign of zero, where x is finite.

    Constant folding leaves it only where it is an output of the graph.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "ZEROS_LIKE", _zeros)


def _choice(graph: Subgraph, op: Op) -> Sequence[Op] | None:
    (x,), (y,) = op.operands, op.outputs
    if x.dtype != "bool":
        return None
    one, zero = number(graph, y, 1.0), number(graph, y, 0.0)
    return [Op("SELECT_V2", [x, one, zero], [y], {})]


def _zeros(graph: Subgraph, op: Op) -> Sequence[Op]:
    (x,), (y,) = op.operands, op.outputs
    return [product(x, number(graph, y, 0.0), y)]
