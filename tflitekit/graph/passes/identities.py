"""Ops that give what they are given: they are left out.

Layers of Keras join the masks of their operands, which mostly are one and the same; einsum and
slicing leave movements that move nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Model, Op, Subgraph, Tensor

_VIEWS = ("RESHAPE", "BROADCAST_TO", "TILE", "SLICE", "STRIDED_SLICE", "TRANSPOSE")
_IDEMPOTENT = ("LOGICAL_AND", "LOGICAL_OR", "MAXIMUM", "MINIMUM")
_REDUCTIONS = ("REDUCE_ALL", "REDUCE_ANY", "REDUCE_MAX", "REDUCE_MIN")


def remove_identities(model: Model) -> int:
    """Let the readers of what an op only passes on read its operand.

    These are movements that leave every element where it is, AND, OR, MAXIMUM and MINIMUM of a
    tensor with itself, a RESHAPE of a RESHAPE, and reductions of several copies of one tensor to
    one. An op that gives an output of the graph stays.

    Returns:
        How many ops are passed by.
    """
    return sum(_remove_in(graph) for graph in model.subgraphs)


def _remove_in(graph: Subgraph) -> int:
    changes = 0
    producers = graph.producers()
    for op in graph.ops:
        if op.custom or not op.outputs or not op.outputs[0].is_static:
            continue
        source = _passed_on(op)
        if source is not None and op.outputs[0] not in graph.outputs:
            changes += graph.replace_all_uses(op.outputs[0], source) > 0
        elif (source := _copied(op, producers)) is not None:
            _become_reshape(graph, op, source)
            changes += 1
        elif op.name == "RESHAPE":
            changes += _skip_reshape(op, producers)
    return changes


def _passed_on(op: Op) -> Tensor | None:
    """The operand that an op gives unchanged."""
    source, y = op.inputs[0] if op.inputs else None, op.outputs[0]
    if source is None or not source.is_static or source.is_constant or source.is_variable:
        return None
    if (source.shape, source.dtype) != (y.shape, y.dtype):
        return None
    if op.name in _IDEMPOTENT and op.inputs[1] is source:
        return source
    return source if op.name in _VIEWS and _keeps_order(op) else None


def _keeps_order(op: Op) -> bool:
    """Whether a movement to the same shape leaves all in place."""
    if op.name == "STRIDED_SLICE":
        steps = _integers(op.inputs[3])
        return steps is not None and bool((steps > 0).all())
    if op.name == "TRANSPOSE":
        axes = _integers(op.inputs[1])
        wide = [] if axes is None else [axis for axis in axes if op.outputs[0].shape[axis] > 1]
        return axes is not None and wide == sorted(wide)
    return True


def _copied(op: Op, producers: Mapping[Tensor, Op]) -> Tensor | None:
    """The tensor that a reduction along the axis of copies of it gives, but for its shape."""
    if op.name not in _REDUCTIONS or op.inputs[0] is None:
        return None
    joined, axes = producers.get(op.inputs[0]), _integers(op.inputs[1])
    if joined is None or joined.name != "CONCATENATION" or axes is None or axes.size != 1:
        return None
    first = joined.inputs[0]
    axis = int((joined.options or {}).get("axis", 0)) % len(op.inputs[0].shape)
    is_one = first is not None and all(one is first for one in joined.inputs)
    if not is_one or first is None or first.shape[axis] != 1:
        return None
    return first if int(axes.flat[0]) % len(op.inputs[0].shape) == axis else None


def _become_reshape(graph: Subgraph, op: Op, source: Tensor) -> None:
    shape = np.array(op.outputs[0].shape, np.int32)
    op.name, op.options, op.options_type, op.version = "RESHAPE", {}, None, 1
    op.inputs = [source, graph.constant(f"{op.outputs[0].name}/shape", shape)]


def _skip_reshape(op: Op, producers: Mapping[Tensor, Op]) -> int:
    before = producers.get(op.inputs[0]) if op.inputs[0] is not None else None
    if before is None or before.name != "RESHAPE" or before.custom:
        return 0
    op.inputs[0] = before.inputs[0]
    return 1


def _integers(tensor: Tensor | None) -> NDArray[np.int64] | None:
    if tensor is None or not tensor.is_constant or tensor.data is None:
        return None
    return np.asarray(tensor.data, np.int64).ravel()
