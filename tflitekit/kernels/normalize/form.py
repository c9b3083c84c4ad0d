"""What a normalization computes, however it was spelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tflitekit.kernels.normalize.algebra import (
    MEAN,
    ONE,
    TOLERANCE,
    Monomial,
    NoPolynomialError,
    Places,
    Reals,
    Root,
    Value,
    X,
)


@dataclass(frozen=True)
class View:
    """The elements of a tensor as [blocks, rows, groups, columns].

    There are statistics of each block and group, over its rows and columns. Either there are one
    row and one group, or several of both.
    """

    blocks: int
    rows: int
    groups: int
    columns: int


@dataclass(frozen=True)
class Form:
    """y = (x - mean) / root * gain + offset, where root = sqrt(max(v + epsilon, floor)) + after.

    Attributes:
        view: of which elements mean and v are.
        subtracts_mean: whether the mean is subtracted.
        root: v is the variance or the mean square.
        gain, offset: float32 [period]: element i of the flat x has those at i modulo the period.
    """

    view: View
    subtracts_mean: bool
    root: Root
    gain: NDArray[np.float32]
    offset: NDArray[np.float32]


def form_of(y: Value) -> Form:
    """The normalization that a value is.

    Raises:
        NoPolynomialError: it is none.
    """
    if y.places is None or y.groups is None or not _is_in_order(y.places):
        raise NoPolynomialError
    terms = dict(y.terms)
    offset = terms.pop(ONE, np.zeros(()))
    root = _root_of(terms)
    gain = terms.pop(_over(X, root), np.zeros(()))
    subtracted = terms.pop(_over(MEAN, root), None)
    if terms or not gain.any():
        raise NoPolynomialError
    if subtracted is not None and not np.allclose(subtracted, -gain, rtol=TOLERANCE, atol=0):
        raise NoPolynomialError
    view = _view(y.groups)
    gain, offset = (np.broadcast_to(one, y.shape).ravel() for one in (gain, offset))
    period = _period(view, gain, offset)
    return Form(
        view,
        subtracted is not None,
        root,
        gain[:period].astype(np.float32),
        offset[:period].astype(np.float32),
    )


def _is_in_order(places: Places) -> bool:
    return np.array_equal(places.ravel(), np.arange(places.size))


def _root_of(terms: dict[Monomial, Reals]) -> Root:
    for monomial in terms:
        for symbol, power in monomial:
            if isinstance(symbol, Root) and power == -1:
                return symbol
    raise NoPolynomialError


def _over(monomial: Monomial, root: Root) -> Monomial:
    return monomial | {(root, -1)}


def _view(groups: Places) -> View:
    """The view in which statistics are of a block and group."""
    of_first = np.flatnonzero(groups == 0)
    gaps = np.flatnonzero(np.diff(of_first) > 1)
    columns = int(gaps[0]) + 1 if gaps.size else of_first.size
    rows = of_first.size // columns
    width = int(of_first[columns]) if rows > 1 else columns
    view = View(groups.size // (rows * width), rows, width // columns, columns)
    if view.blocks * rows * width != groups.size or width % columns:
        raise NoPolynomialError
    places = np.arange(groups.size).reshape(view.blocks, rows, view.groups, columns)
    expected = np.broadcast_to(places.min((1, 3), keepdims=True), places.shape)
    if not np.array_equal(expected.ravel(), groups):
        raise NoPolynomialError
    return view


def _period(view: View, *arrays: Reals) -> int:
    """The fewest elements, whole rows, after which all arrays begin again."""
    size, width = arrays[0].size, view.groups * view.columns
    for rows in range(1, size // width):
        period = rows * width
        if size % period == 0 and all(
            bool((one.reshape(-1, period) == one[:period]).all()) for one in arrays
        ):
            return period
    return size
