"""What a graph computes from a tensor and statistics of it, as sums of products.

A value is a polynomial in the elements of one tensor x, the mean and the mean square of the group
that an element is in, and a root of one of these. However a normalization is spelled, its last op
gives the same polynomial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Spread:
    """max(v + epsilon, floor), of the variance or else the mean square v of a group."""

    is_variance: bool
    epsilon: float
    floor: float = 0.0


@dataclass(frozen=True)
class Root:
    """The square root of a spread, plus `after`."""

    of: Spread
    after: float = 0.0


Symbol: TypeAlias = Literal["x", "mean", "square"] | Spread | Root
Monomial: TypeAlias = frozenset[tuple[Symbol, int]]
"""Powers of symbols, each symbol once and none to the power of 0."""

ONE: Monomial = frozenset()
X: Monomial = frozenset({("x", 1)})
MEAN: Monomial = frozenset({("mean", 1)})
SQUARE: Monomial = frozenset({("square", 1)})

TOLERANCE = 1e-5
"""How far factors may be apart that would be the same if constants were not float32."""


class NoPolynomialError(Exception):
    """An op's result is none of the polynomials that a normalization is made of."""


@dataclass(frozen=True, eq=False)
class Value:
    """The elements of a tensor as polynomials.

    Attributes:
        shape: of the tensor.
        terms: the coefficients of each monomial, of shape [] or one that broadcasts to `shape`.
        places: for each element, of `shape`, the element of the flat x that it is computed from, or
            the first one of the group whose statistics it is computed from; None for constants.
        groups: the first element of the group of each element of the flat x; None before there
            are statistics.
    """

    shape: tuple[int, ...]
    terms: Mapping[Monomial, Reals] = field(default_factory=dict)
    places: Places | None = None
    groups: Places | None = None

    @property
    def has_elements(self) -> bool:
        """Whether it depends on x itself, and not on statistics alone."""
        return any(symbol == "x" for monomial in self.terms for symbol, _ in monomial)


def variable(shape: tuple[int, ...]) -> Value:
    """x itself."""
    places = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
    return Value(shape, {X: np.ones(())}, places)


def constant(values: NDArray[Any]) -> Value:
    """Numbers."""
    return Value(values.shape, {ONE: _narrow(np.asarray(values, np.float64))})


def add(a: Value, b: Value) -> Value:
    """a + b."""
    sums = dict(a.terms)
    for monomial, factors in b.terms.items():
        _accumulate(sums, monomial, factors)
    return _combined(a, b, sums)


def negate(a: Value) -> Value:
    """-a."""
    return replace(a, terms={monomial: -factors for monomial, factors in a.terms.items()})


def multiply(a: Value, b: Value) -> Value:
    """a * b."""
    products: dict[Monomial, Reals] = {}
    for left, some in a.terms.items():
        for right, others in b.terms.items():
            _accumulate(products, _product(left, right), some * others)
    return _combined(a, b, products)


def reciprocal(a: Value) -> Value:
    """1 / a, of one product or of a root plus a number."""
    terms = dict(a.terms)
    after = terms.pop(ONE, None) if len(terms) == 2 else None
    monomial, factors = _only(terms)
    if after is not None:
        root = _root(monomial, 1)
        more = _number(after) / _number(factors)
        monomial = _power(replace(root, after=root.after + more), 1)
    if not factors.all():
        raise NoPolynomialError
    inverse = frozenset((symbol, -power) for symbol, power in monomial)
    return replace(a, terms={inverse: 1 / factors})


def square_root(a: Value) -> Value:
    """The square root of a mean square or a variance, to which a number may be added."""
    spread, factor = _spread(a)
    return replace(a, terms={_power(Root(spread), 1): np.asarray(factor**0.5)})


def at_least(a: Value, least: float) -> Value:
    """max(a, least), of a spread or a root."""
    if len(a.terms) == 1 and any(isinstance(one, Root) for one, _ in next(iter(a.terms))):
        return _bounded_root(a, 1, lambda factor: least / factor)
    spread, factor = _spread(a)
    raised = replace(spread, floor=max(spread.floor, least / factor))
    return replace(a, terms={_power(raised, 1): np.asarray(factor)})


def at_most(a: Value, most: float) -> Value:
    """min(a, most), of one over a root."""
    return _bounded_root(a, -1, lambda factor: factor / most)


def mean(a: Value, axes: tuple[int, ...], keep: bool) -> Value:
    """The mean along axes, which are the groups from then on."""
    if a.places is None or not a.places.size or not axes:
        raise NoPolynomialError
    means: dict[Monomial, Reals] = {}
    for monomial, factors in a.terms.items():
        _accumulate(means, _mean(monomial), np.asarray(_number(factors)))
    first = a.places.min(axes, keepdims=True)
    groups = _groups(a.places, first)
    if a.groups is not None and not np.array_equal(a.groups, groups):
        raise NoPolynomialError
    kept = first if keep else first.squeeze(axes)
    return Value(kept.shape, means, kept, groups)


def moved(a: Value, move: Callable[[NDArray[Any]], NDArray[Any]]) -> Value:
    """The elements in other places, to which `move` brings any array of the shape of `a`."""
    terms = {
        monomial: factors if factors.ndim == 0 else move(np.broadcast_to(factors, a.shape))
        for monomial, factors in a.terms.items()
    }
    places = None if a.places is None else move(a.places)
    shape = move(np.broadcast_to(np.zeros((), np.int8), a.shape)).shape
    return replace(a, shape=shape, terms=terms, places=places)


def _accumulate(terms: dict[Monomial, Reals], monomial: Monomial, factors: Reals) -> None:
    """Add a product to a polynomial, in place; what cancels it leaves nothing."""
    before = terms.pop(monomial, np.zeros(()))
    if not np.allclose(before, -factors, rtol=TOLERANCE, atol=0):
        terms[monomial] = _narrow(before + factors)


def _combined(a: Value, b: Value, terms: Mapping[Monomial, Reals]) -> Value:
    """What element-wise ops have in common: their operands must be of the same elements."""
    if a.groups is not None and b.groups is not None and not np.array_equal(a.groups, b.groups):
        raise NoPolynomialError
    groups = b.groups if a.groups is None else a.groups
    first, second = (a, b) if a.has_elements else (b, a)
    shape = np.broadcast_shapes(a.shape, b.shape)
    if not _are_together(first, second, shape, groups):
        raise NoPolynomialError
    places = second.places if first.places is None else first.places
    return Value(shape, terms, None if places is None else np.broadcast_to(places, shape), groups)


def _are_together(a: Value, b: Value, shape: tuple[int, ...], groups: Places | None) -> bool:
    """Whether what meets is of the same element or, where `b` is a statistic, of the same group."""
    if a.places is None or b.places is None:
        return True
    one, other = (np.broadcast_to(places, shape) for places in (a.places, b.places))
    if groups is not None and not b.has_elements:
        one, other = groups[one], groups[other]
    return np.array_equal(one, other)


def _groups(places: Places, first: Places) -> Places:
    """The group of each element of the flat x."""
    groups = np.full(places.size, -1)
    if places.max() < places.size:
        groups[places] = np.broadcast_to(first, places.shape)
    if (groups < 0).any():
        raise NoPolynomialError  # elements are left out, or there more than once
    return groups


def _mean(monomial: Monomial) -> Monomial:
    """The mean of a product over the group of its statistics."""
    others = dict(monomial)
    power = others.pop("x", 0)
    if power > 2 or (power and set(others) - {"mean"}):
        raise NoPolynomialError
    return _product(frozenset(others.items()), (ONE, MEAN, SQUARE)[power])


def _spread(a: Value) -> tuple[Spread, float]:
    """The spread that a value is, and the positive factor before it."""
    terms = dict(a.terms)
    epsilon = _number(terms.pop(ONE, np.zeros(())))
    mean_squared = _number(terms.pop(_product(MEAN, MEAN), np.zeros(())))
    monomial, factors = _only(terms)
    factor = _number(factors)
    if factor <= 0 or epsilon < 0:
        raise NoPolynomialError
    ((symbol, power),) = monomial or {("x", 1)}
    is_variance = bool(np.isclose(mean_squared, -factor, rtol=TOLERANCE))
    if monomial == SQUARE and (is_variance or mean_squared == 0):
        return Spread(is_variance, epsilon / factor), factor
    if isinstance(symbol, Spread) and power == 1 and mean_squared == epsilon == 0:
        return symbol, factor
    raise NoPolynomialError


def _bounded_root(a: Value, power: int, least: Callable[[float], float]) -> Value:
    """A root to a power of 1 or -1 with a factor, where the root itself is `least` or more."""
    monomial, factors = _only(a.terms)
    root, factor = _root(monomial, power), _number(factors)
    if root.after or factor <= 0:
        raise NoPolynomialError
    raised = replace(root.of, floor=max(root.of.floor, least(factor) ** 2))
    return replace(a, terms={_power(Root(raised), power): factors})


def _only(terms: Mapping[Monomial, Reals]) -> tuple[Monomial, Reals]:
    """The one product that a polynomial is."""
    if len(terms) != 1:
        raise NoPolynomialError
    return next(iter(terms.items()))


def _root(monomial: Monomial, power: int) -> Root:
    """The root that a monomial is the given power of."""
    for symbol, found in monomial:
        if len(monomial) == 1 and isinstance(symbol, Root) and found == power:
            return symbol
    raise NoPolynomialError


def _power(symbol: Symbol, power: int) -> Monomial:
    return frozenset({(symbol, power)})


def _product(a: Monomial, b: Monomial) -> Monomial:
    powers = dict(a)
    for symbol, power in b:
        powers[symbol] = powers.get(symbol, 0) + power
    return frozenset((symbol, power) for symbol, power in powers.items() if power)


def _narrow(factors: Any) -> Reals:
    """One number for an array of equal ones."""
    array = np.asarray(factors, np.float64)
    is_one = array.size > 0 and bool((array == array.flat[0]).all())
    return np.asarray(array.flat[0]) if is_one else array


def _number(factors: Reals) -> float:
    """The one number that factors are."""
    if factors.ndim:
        raise NoPolynomialError
    return float(factors)
