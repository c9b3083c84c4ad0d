"""Puts our custom ops where they are better than LiteRT's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tflitekit.graph.model import Model, Subgraph
from tflitekit.graph.region import Region, Surroundings, fuse
from tflitekit.kernels import KERNELS, CustomOp


@dataclass(frozen=True)
class Patched:
    """One custom op, and what it stands for.

    Attributes:
        kernel: the custom op's name.
        tensor: the name of its first output.
        replaced: the names of the ops that it replaced, in no order.
    """

    kernel: str
    tensor: str
    replaced: tuple[str, ...]


def patch(model: Model, kernels: Sequence[CustomOp] = KERNELS) -> list[Patched]:
    """Replace regions of float ops by custom ops, in place; the first kernel that fits gets them.

    The custom ops are in float, with the ops that they replace as their bodies.

    Args:
        model: in float.
        kernels: in the order of preference.
    """
    return [
        patched
        for graph in model.subgraphs
        for kernel in kernels
        for patched in _patch_graph(graph, kernel)
    ]


def _patch_graph(graph: Subgraph, kernel: CustomOp) -> list[Patched]:
    found: list[Patched] = []
    around = Surroundings(graph)
    # From the end, so that a region is found whole before a part of it.
    for op in reversed(list(graph.ops)):
        region = None if op not in around else kernel.match(around, op)
        if region is not None and around.is_closed(region):
            found.append(_describe(kernel, region))
            fuse(graph, region, kernel.name)
            around = Surroundings(graph)
    return found[::-1]


def _describe(kernel: CustomOp, region: Region) -> Patched:
    names = tuple(sorted({op.name for op in region.ops}))
    return Patched(kernel.name, region.outputs[0].name, names)
