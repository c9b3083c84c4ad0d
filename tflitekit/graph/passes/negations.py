"""NEG as a product. LiteRT's int8 NEG negates the raw integers, whatever their zero point."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.graph.model import Model, Op, Subgraph
from tflitekit.graph.passes.replace import number, product, replace_ops


def multiply_for_negations(model: Model) -> int:
    """Replace NEG x by MUL(x, -1): the same to the bit.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "NEG", _product)


def _product(graph: Subgraph, op: Op) -> Sequence[Op]:
    (x,), (y,) = op.operands, op.outputs
    return [product(x, number(graph, y, -1.0), y)]
