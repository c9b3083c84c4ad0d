"""tflitekit.scatter: slices of a tensor replaced at computed places, or the sums of such slices.

LiteRT's int8 SCATTER_ND fills with the raw 0, whatever stands for 0.0. TensorFlow Lite has no op
for tensor_scatter_nd_update, as it is used for the cache of keys and values: its converter writes
x * (1 - SCATTER_ND(indices, 1)) + SCATTER_ND(indices, updates).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block, header
from tflitekit.quantize.rule import OpRule

INDICES = ("int32", "int64")
_ADDS = "adds"


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The indices, where they are constant, and one block of one part, the header."""
    (y,) = outputs
    if y is None:
        raise ValueError("y is int8")
    indices = op.inputs[2]
    constant = [] if indices is None or indices.data is None else [np.asarray(indices.data)]
    adds = int((op.options or {})[_ADDS])
    return [*constant, block(header(adds=adds, zero=y.zero_points[0]))]


def reference(
    updates: NDArray[np.int8],
    background: NDArray[np.int8],
    indices: NDArray[Any],
    packed: NDArray[np.int8],
) -> tuple[NDArray[Any]]:
    """y of the background's shape, each slice the last update of its place; or the sum of all,
    saturated each time."""
    adds, zero = packed[:8].view(np.int32).tolist()
    y, depth = background.copy(), indices.shape[-1]
    places = indices.reshape(-1, depth)
    slices = updates.reshape(len(places), *background.shape[depth:])
    taken = set()
    for place, update in zip(map(tuple, places), slices, strict=True):
        if adds and place in taken:
            y[place] = np.clip(y[place].astype(np.int32) + update - zero, -128, 127)
        else:
            y[place] = update
        taken.add(place)
    return (y,)


def match(around: Surroundings, end: Op) -> Region | None:
    """A SCATTER_ND, or the ops that tensor_scatter_nd_update is written as."""
    if end.custom or end.outputs[0].dtype != "float32" or not end.outputs[0].is_static:
        return None
    if end.name == "SCATTER_ND":
        return _scatter(around, end)
    return _update(around, end) if end.name == "ADD" else None


def _scatter(around: Surroundings, end: Op) -> Region | None:
    """Into a constant of zeros, which makes the background of the integer op."""
    indices, updates, shape = end.operands
    if indices.dtype not in INDICES or not shape.is_constant:
        return None
    (y,) = end.outputs
    background = around.graph.constant(f"{y.name}/background", np.zeros(y.shape, np.float32))
    return Region((end,), (updates, background, indices), (y,), {_ADDS: True})


def _update(around: Surroundings, end: Op) -> Region | None:
    for kept, placed in (end.inputs, end.inputs[::-1]):
        rest, scatter = around.made_by(kept, "MUL"), around.made_by(placed, "SCATTER_ND")
        if rest is None or scatter is None:
            continue
        indices, updates, shape = scatter.operands
        for x, mask in (rest.inputs, rest.inputs[::-1]):
            masking = _masking(around, mask, indices, shape)
            if x is not None and masking is not None and x.shape == end.outputs[0].shape:
                ops = (end, rest, scatter, *masking)
                return Region(ops, (updates, x, indices), end.outputs, {_ADDS: False})
    return None


def _masking(
    around: Surroundings, mask: Tensor | None, indices: Tensor, shape: Tensor
) -> tuple[Op, ...] | None:
    """The ops that compute a mask of 0 where indices point and 1 elsewhere; none where it is
    constant. None where it is no such mask."""
    if mask is None or indices.dtype not in INDICES:
        return None
    if mask.is_constant and indices.is_constant:
        return () if _is_hole(np.asarray(mask.data), np.asarray(indices.data)) else None
    difference = around.made_by(mask, "SUB")
    ones = difference and around.made_by(difference.inputs[1], "SCATTER_ND")
    if difference is None or ones is None or not _is_all_ones(difference.inputs[0]):
        return None
    same = ones.inputs[0] is indices and _is_all_ones(ones.inputs[1])
    return (difference, ones) if same and mask.shape == tuple(_values(shape)) else None


def _is_hole(mask: NDArray[Any], indices: NDArray[Any]) -> bool:
    expected = np.ones_like(mask)
    places = tuple(np.moveaxis(indices, -1, 0))
    try:
        expected[places] = 0
    except IndexError:
        return False
    return bool((mask == expected).all())


def _is_all_ones(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor.data is not None and bool((_values(tensor) == 1).all())


def _values(tensor: Tensor) -> NDArray[Any]:
    return np.asarray(tensor.data)


SCATTER = CustomOp(
    name="tflitekit.scatter",
    summary="SCATTER_ND; tensor_scatter_nd_update and _add",
    rule=OpRule(data=(0, 1), sharing="inputs-follow-output"),
    pack=pack,
    reference=reference,
    match=match,
)
