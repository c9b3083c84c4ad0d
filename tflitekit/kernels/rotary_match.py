"""Regions that make each element of a row of two elements of that row, with constant weights.

However a rotary embedding is written, in halves or in neighbours, of whole heads or of parts of
them, with or without a scale, that is what it computes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.fused_activation import activation_of
from tflitekit.kernels.weighted_sums import (
    LINEAR,
    NOWHERE,
    NotWeightedError,
    WeightedSums,
    identity,
    merged,
    results_of,
)

_MOST_OPS = 24
"""More than any spelling takes."""

_TERMS = 2


@dataclass(frozen=True)
class Rotation:
    """How rows [columns] are made of rows.

    Attributes:
        places: for each column, the two elements of x's row, int64 [2, columns].
        weights: of them, float64 [2, steps, columns].
        repeat: how many rows, one behind the other, have the same weights; after `steps` times as
            many the weights begin anew.
    """

    places: NDArray[np.int64]
    weights: NDArray[np.float64]
    repeat: int


def match(around: Surroundings, end: Op) -> Region | None:
    """The largest such region that ends in `end` and gives the shape that it is given."""
    best: Region | None = None
    ops: set[Op] = set()
    grown: Op | None = end
    while grown is not None and _is_linear(grown) and len(ops) < _MOST_OPS:
        ops.add(grown)
        variables = _variables(ops)
        if len(variables) == 1 and _weighs_and_adds(ops):
            rotation = _rotation(around, ops, variables[0], end.outputs[0])
            if rotation is not None:
                options = {"rotation": rotation}
                best = Region(tuple(ops), variables, end.outputs, options)
        grown = _last_before(around, ops, variables)
    return best


def _is_linear(op: Op) -> bool:
    return not op.custom and op.name in LINEAR and activation_of(op) == "NONE"


def _variables(ops: set[Op]) -> list[Tensor]:
    """What the ops read from outside that is no constant, each once."""
    computed = {tensor for op in ops for tensor in op.outputs}
    read = {tensor: None for op in ops for tensor in op.operands}
    return [tensor for tensor in read if tensor not in computed and not tensor.is_constant]


def _last_before(around: Surroundings, ops: set[Op], variables: list[Tensor]) -> Op | None:
    """Of the ops that compute the variables for nobody else, the one that runs last."""
    makers = [
        op
        for tensor in variables
        if (op := around.producer(tensor)) is not None
        and all(around.is_only_read_by(output, ops) for output in op.outputs)
    ]
    return max(makers, key=around.place, default=None)


def _weighs_and_adds(ops: set[Op]) -> bool:
    """Whether it is worth a closer look."""
    names = {op.name for op in ops}
    return "MUL" in names and not names.isdisjoint(("ADD", "SUB"))


def _rotation(around: Surroundings, ops: set[Op], x: Tensor, y: Tensor) -> Rotation | None:
    if x.dtype != "float32" or x.shape != y.shape or not x.shape or not x.size:
        return None
    known = {x: identity(x)}
    try:
        for op in sorted(ops, key=around.place):
            known |= results_of(op, known)
    except NotWeightedError:
        return None
    sums = merged(known[y], _TERMS)
    return None if sums is None else _of_rows(sums)


def _of_rows(sums: WeightedSums) -> Rotation | None:
    """The same for every row but for the weights; None where rows are made of other rows."""
    columns = sums.shape[-1]
    places = sums.places.reshape(_TERMS, -1, columns)
    first = np.arange(places.shape[1])[:, None] * columns
    within = np.where(places == NOWHERE, places[0], places) - first
    is_alike = (within == within[:, :1]).all() and (places[0] != NOWHERE).all()
    own = within[:, 0]
    if not is_alike or own.min() < 0 or own.max() >= columns or (own[0] == own[1]).all():
        return None
    weights, repeat = _without_repeats(sums.weights.reshape(_TERMS, -1, columns))
    return Rotation(own, weights, repeat) if np.isfinite(weights).all() else None


def _without_repeats(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """One row of each run of equal ones, up to where they begin anew, and the length of a run."""
    rows = weights.shape[1]
    changes = np.flatnonzero((weights != weights[:, :1]).any(axis=(0, 2)))
    run = int(changes[0]) if changes.size else rows
    for repeat in (run, 1):
        if rows % repeat == 0:
            parted = weights.reshape(len(weights), -1, repeat, weights.shape[-1])
            if (parted == parted[:, :, :1]).all():
                break
    kept = weights[:, ::repeat]
    count = kept.shape[1]
    sizes = (size for size in range(1, count + 1) if count % size == 0)
    return next(kept[:, :size] for size in sizes if _begins_anew(kept, size)), repeat


def _begins_anew(rows: NDArray[np.float64], size: int) -> bool:
    parted = rows.reshape(len(rows), -1, size, rows.shape[-1])
    return bool((parted == parted[:, :1]).all())
