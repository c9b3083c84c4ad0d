"""Gains and offsets of a normalization that a converter has moved into the layers behind it.

TensorFlow's converter makes W (g x + b) + c one FULLY_CONNECTED of x with other weights. Where
g x + b is needed besides, as by a residual sum, it then is computed on its own, and what was one
normalization is one without gain, a MUL and an ADD. Here the layers get their own weights back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Subgraph, Tensor
from tflitekit.graph.region import Surroundings
from tflitekit.kernels.fused_activation import activation_of
from tflitekit.kernels.normalize.match import match

LEAST_SHARE = 1e-3
"""Of the largest gain: weights that were multiplied with less are not got back exactly enough."""


@dataclass(frozen=True)
class _Affine:
    """g x + b beside layers that read x.

    Attributes:
        mul, add: the ops.
        gain, offset: float64 [columns].
        layers: FULLY_CONNECTED ops.
    """

    mul: Op
    add: Op
    gain: NDArray[np.float64]
    offset: NDArray[np.float64]
    layers: tuple[Op, ...]


def restore_gains(graph: Subgraph) -> int:
    """Let layers read g x + b instead of x where both are there, in place.

    Args:
        graph: in float.

    Returns:
        How many normalizations got their gain and offset back.
    """
    changes = 0
    for op in list(graph.ops):
        around = Surroundings(graph)
        found = _affine(around, op)
        if found is not None and match(around, op) is not None:
            _restore(graph, op, found)
            changes += 1
    return changes


def _affine(around: Surroundings, end: Op) -> _Affine | None:
    x = end.outputs[0]
    readers = around.readers(x)
    muls = [op for op in readers if op.name == "MUL" and not op.custom]
    layers = tuple(op for op in readers if _is_layer(op, x))
    if len(muls) != 1 or not layers or len(layers) + 1 != len(readers) or x in around.graph.outputs:
        return None
    (mul,) = muls
    adds = [op for op in around.readers(mul.outputs[0]) if op.name == "ADD" and not op.custom]
    if len(adds) != 1 or not around.is_only_read_by(mul.outputs[0], adds):
        return None
    gain, offset = (_constant(op, x.shape) for op in (mul, adds[0]))
    if gain is None or offset is None or activation_of(mul) != "NONE":
        return None
    if activation_of(adds[0]) != "NONE" or not _is_invertible(gain):
        return None
    return _Affine(mul, adds[0], gain, offset, layers)


def _is_layer(op: Op, x: Tensor) -> bool:
    if op.custom or op.name != "FULLY_CONNECTED" or op.inputs[0] is not x:
        return False
    weights = op.inputs[1]
    return weights is not None and weights.is_constant and weights.dtype == "float32"


def _constant(op: Op, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """The constant operand of an op, one number a column of x."""
    constants = [one for one in op.operands if one.is_constant]
    if len(constants) != 1 or op.outputs[0].shape != shape or constants[0].dtype != "float32":
        return None
    values = np.asarray(constants[0].data, np.float64)
    if values.size not in (1, shape[-1]) or values.shape[-1:] not in ((), (values.size,)):
        return None
    return np.broadcast_to(values.ravel(), (shape[-1],))


def _is_invertible(gain: NDArray[np.float64]) -> bool:
    sizes = np.abs(gain)
    return bool(np.isfinite(sizes).all() and sizes.min() > LEAST_SHARE * sizes.max())


def _restore(graph: Subgraph, end: Op, found: _Affine) -> None:
    moved = (found.mul, found.add)
    graph.ops = [op for op in graph.ops if op not in moved]
    place = graph.ops.index(end) + 1
    graph.ops[place:place] = moved
    (y,) = found.add.outputs
    for layer in found.layers:
        weights, bias = layer.inputs[1], (*layer.inputs, None)[2]
        own = np.asarray(_data(weights), np.float64) / found.gain
        before = 0.0 if bias is None else np.asarray(_data(bias), np.float64)
        name = layer.outputs[0].name
        layer.inputs = [
            y,
            graph.constant(f"{name}/weights", own.astype(np.float32)),
            graph.constant(f"{name}/bias", (before - own @ found.offset).astype(np.float32)),
        ]


def _data(tensor: Tensor | None) -> NDArray[np.generic]:
    if tensor is None or tensor.data is None:
        raise ValueError("the constant has a value")
    return np.asarray(tensor.data)
