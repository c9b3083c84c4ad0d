"""Which ops a delegate runs together, from the ops that it takes."""

from __future__ import annotations

from collections.abc import Collection

from tflitekit.graph.model import Op, Subgraph, Tensor


def partitions(graph: Subgraph, outside: Collection[int]) -> list[list[int]]:
    """The partitions of a delegate that takes all ops of `graph` but some, as LiteRT makes them.

    LiteRT goes through the ops in their order and takes every one whose operands are there, as long
    as it is of the kind, inside or outside, that it began with; then it begins again with what is
    left (`PartitionGraphIntoIndependentNodeSubsets` in its graph_info.cc).

    Args:
        outside: indices of the ops that LiteRT runs itself.

    Returns:
        The indices of the ops of each partition, in the order in which they run.
    """
    waiting = {tensor for op in graph.ops for tensor in op.outputs}
    left = dict(enumerate(graph.ops))
    found = []
    while left:
        first = next((i for i, op in left.items() if _is_ready(op, waiting)), None)
        if first is None:
            break  # a cycle: no valid graph, and nothing that could run
        is_outside = first in outside
        taken = _take(left, waiting, {i for i in left if (i in outside) == is_outside})
        if not is_outside:
            found.append(taken)
    return found


def _take(left: dict[int, Op], waiting: set[Tensor], kind: set[int]) -> list[int]:
    """Take all of a kind that can be computed without any of the other kind."""
    taken = []
    for index in sorted(kind):
        if _is_ready(left[index], waiting):
            waiting -= set(left.pop(index).outputs)
            taken.append(index)
    return taken


def _is_ready(op: Op, waiting: set[Tensor]) -> bool:
    return not any(tensor in waiting for tensor in op.operands)
