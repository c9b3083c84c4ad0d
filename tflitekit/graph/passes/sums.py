"""Sums as ops that have an int8 kernel."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.graph.model import Model, Op, Subgraph
from tflitekit.graph.passes.replace import inner, replace_ops

_PLAIN = {"fused_activation_function": "NONE"}


def chain_sums(model: Model) -> int:
    """Replace ADD_N by a chain of ADD, in the order of its operands: the same to the bit.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "ADD_N", _chain)


def _chain(graph: Subgraph, op: Op) -> Sequence[Op] | None:
    terms, (y,) = list(op.operands), op.outputs
    if len(terms) < 2:
        return None
    ops: list[Op] = []
    total = terms[0]
    for position, term in enumerate(terms[1:], 2):
        partial = y if position == len(terms) else inner(graph, y, f"sum_of_{position}")
        ops.append(Op("ADD", [total, term], [partial], dict(_PLAIN)))
        total = partial
    return ops
