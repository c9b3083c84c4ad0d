"""One op of a kind replaced by others that compute the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tflitekit.graph.model import Model, Op, Subgraph, Tensor

Replacement = Callable[[Subgraph, Op], Sequence[Op] | None]
"""The ops that give `op.outputs` instead of `op`, in order; None to leave it."""


def replace_ops(model: Model, name: str, replacement: Replacement, *, custom: bool = False) -> int:
    """Replace the float32 ops of one kind, in all subgraphs.

    Args:
        model: changed in place.
        name: of the op; those with an output of another type are left.
        replacement: may add tensors to the subgraph.
        custom: whether custom ops of this name are meant, and not builtin ones.

    Returns:
        How many ops were replaced.
    """
    wanted = (name, custom, "float32")
    return sum(_replace_in(graph, wanted, replacement) for graph in model.subgraphs)


def inner(graph: Subgraph, like: Tensor, suffix: str) -> Tensor:
    """A new tensor between the ops of a replacement, of the shape and type of `like`."""
    name = f"{like.name}/{suffix}"
    return graph.add(Tensor(name, like.shape, like.dtype, shape_signature=like.shape_signature))


def product(left: Tensor, right: Tensor, output: Tensor) -> Op:
    """The MUL of two float tensors."""
    return Op("MUL", [left, right], [output], {"fused_activation_function": "NONE"})


def number(graph: Subgraph, output: Tensor, value: float) -> Tensor:
    """A constant without axes, for the op that gives `output`."""
    return graph.constant(f"{output.name}/constant", np.float32(value))


def _replace_in(graph: Subgraph, wanted: tuple[str, bool, str], replacement: Replacement) -> int:
    ops: list[Op] = []
    changes = 0
    for op in graph.ops:
        is_meant = op.outputs and (op.name, op.custom, op.outputs[0].dtype) == wanted
        made = replacement(graph, op) if is_meant else None
        ops += [op] if made is None else made
        changes += made is not None
    graph.ops = ops
    return changes
