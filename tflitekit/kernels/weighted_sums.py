"""What a graph makes of one tensor with constant weights: elements as sums of weighted ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels.operands.moved import MOVES, Places, move

NOWHERE = -1
"""The place of a term that an element has not, where others of the same tensor have one."""


class NotWeightedError(Exception):
    """An op makes something else than sums of weighted elements."""


@dataclass(frozen=True)
class WeightedSums:
    """The elements of a tensor, of some shape, as sums of `terms` elements of a flat x.

    Attributes:
        places: of the elements in x, [terms, *shape]; `NOWHERE` where there is none.
        weights: what each is multiplied with, float64 of the same shape.
    """

    places: Places
    weights: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor."""
        return self.places.shape[1:]

    def changed(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> WeightedSums:
        """With the same change to the places and the weights of each term."""
        return WeightedSums(
            np.stack([change(one) for one in self.places]),
            np.stack([change(one) for one in self.weights]),
        )


Known = Mapping[Tensor, WeightedSums]


def identity(x: Tensor) -> WeightedSums:
    """x itself."""
    places = np.arange(x.size, dtype=np.int64).reshape(1, *x.shape)
    return WeightedSums(places, np.ones(places.shape))


def results_of(op: Op, known: Known) -> dict[Tensor, WeightedSums]:
    """What an op makes of sums that are known, by its outputs.

    Raises:
        NotWeightedError: these are no such sums.
    """
    if op.name in MOVES:
        source = _of(op.inputs[MOVES[op.name]], known)
        return {y: source.changed(partial(move, op, output=y)) for y in op.outputs}
    if op.name not in _RESULTS:
        raise NotWeightedError
    return {op.outputs[0]: _RESULTS[op.name](op, known)}


def merged(sums: WeightedSums, most: int) -> WeightedSums | None:
    """The same with terms of the same element as one, each element's in the order of the places,
    those that are nowhere last; None where an element has more than `most` terms."""
    order = np.argsort(sums.places, axis=0, kind="stable")
    places = np.take_along_axis(sums.places, order, 0)
    weights = np.take_along_axis(sums.weights, order, 0)
    kept = np.full((most + 1, *sums.shape), NOWHERE, np.int64)
    total = np.zeros(kept.shape)
    count = np.zeros(sums.shape, np.int64)
    before = np.full(sums.shape, NOWHERE, np.int64)
    for place, weight in zip(places, weights, strict=True):
        is_there = place != NOWHERE
        count += is_there & (place != before)
        before = place
        at = np.clip(count - 1, 0, most)[None]
        here = np.where(is_there, place, np.take_along_axis(kept, at, 0)[0])
        np.put_along_axis(kept, at, here[None], 0)
        added = np.take_along_axis(total, at, 0) + np.where(is_there, weight, 0.0)
        np.put_along_axis(total, at, added, 0)
    return None if (count > most).any() else WeightedSums(kept[:most], total[:most])


def _of(tensor: Tensor | None, known: Known) -> WeightedSums:
    found = known.get(tensor) if tensor is not None else None
    if found is None:
        raise NotWeightedError
    return found


def _scaled(op: Op, known: Known) -> WeightedSums:
    one, other = op.inputs[0], op.inputs[1]
    source, factor = (one, other) if one in known else (other, one)
    sums = _of(source, known)
    if factor is None or factor.data is None or sums.shape != op.outputs[0].shape:
        raise NotWeightedError
    return WeightedSums(sums.places, sums.weights * np.asarray(factor.data, np.float64))


def _negated(op: Op, known: Known) -> WeightedSums:
    sums = _of(op.inputs[0], known)
    return WeightedSums(sums.places, -sums.weights)


def _added(op: Op, known: Known) -> WeightedSums:
    one, other = (_of(tensor, known) for tensor in op.inputs[:2])
    if one.shape != other.shape:
        raise NotWeightedError
    sign = -1.0 if op.name == "SUB" else 1.0
    return WeightedSums(
        np.concatenate([one.places, other.places]),
        np.concatenate([one.weights, sign * other.weights]),
    )


def _packed(op: Op, known: Known) -> WeightedSums:
    return _side_by_side(op, known, lambda parts, axis: np.stack(parts, axis))


def _joined(op: Op, known: Known) -> WeightedSums:
    return _side_by_side(op, known, lambda parts, axis: np.concatenate(parts, axis))


def _side_by_side(
    op: Op, known: Known, join: Callable[[list[NDArray[Any]], int], NDArray[Any]]
) -> WeightedSums:
    parts = [_of(tensor, known) for tensor in op.inputs]
    terms = max(len(one.places) for one in parts)
    axis = int((op.options or {}).get("axis", 0)) % len(op.outputs[0].shape) + 1
    places = [_with_terms(one.places, terms, NOWHERE) for one in parts]
    weights = [_with_terms(one.weights, terms, 0) for one in parts]
    return WeightedSums(join(places, axis), join(weights, axis))


def _with_terms(values: NDArray[Any], terms: int, filling: int) -> NDArray[Any]:
    missing = np.full((terms - len(values), *values.shape[1:]), filling, values.dtype)
    return np.concatenate([values, missing])


_RESULTS: Mapping[str, Callable[[Op, Known], WeightedSums]] = {
    "MUL": _scaled,
    "NEG": _negated,
    "ADD": _added,
    "SUB": _added,
    "PACK": _packed,
    "CONCATENATION": _joined,
}

LINEAR = frozenset({*MOVES, *_RESULTS})
"""The names of the ops that may make such sums."""
