"""Puts our custom ops where they are better than LiteRT's."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.graph.model import Model, Subgraph
from tflitekit.graph.region import Surroundings
from tflitekit.kernels import KERNELS, CustomOp
from tflitekit.kernels.normalize.gains import restore_gains


def patch(model: Model, kernels: Sequence[CustomOp] = KERNELS) -> int:
    """Replace regions of float ops by custom ops, in place; the first kernel that fits gets them.

    The custom ops are in float, with the ops that they replace as their bodies.

    Args:
        model: in float.
        kernels: in the order of preference.

    Returns:
        How many custom ops there are more.
    """
    for graph in model.subgraphs:
        restore_gains(graph)
    return sum(_patch_graph(graph, kernel) for graph in model.subgraphs for kernel in kernels)


def _patch_graph(graph: Subgraph, kernel: CustomOp) -> int:
    changes = 0
    around = Surroundings(graph)
    # From the end, so that a region is found whole before a part of it.
    for op in reversed(list(graph.ops)):
        region = None if op not in around else kernel.match(around, op)
        if region is not None and around.is_closed(region):
            around.fuse(region, kernel.name)
            changes += 1
    return changes
