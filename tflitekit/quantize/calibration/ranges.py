"""From what calibration saw of a tensor to its integer parameters. Pure.

range_of(stats, "auto") -> (low, high) -> params_of(low, high) -> QuantParams
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from tflitekit.quantize.calibration.entropy import entropy_threshold
from tflitekit.quantize.calibration.squared_error import ErrorModel, Grid
from tflitekit.quantize.calibration.stats import TensorStats, bin_edges
from tflitekit.quantize.params import QuantParams

Range = tuple[float, float]
Array = NDArray[np.float64]

PERCENTILE = 99.99
_SMALLEST_SCALE = 2.0**-60
"""The product of two scales is a bias's, which must not leave float32's normal numbers."""

_WORTH = 0.01
"""`auto` clips only where that saves more than this share of the error: what a few samples did
not show is clipped as well."""


def range_of(
    stats: TensorStats,
    method: str = "auto",
    *,
    dtype: str = "int8",
    symmetric: bool = False,
    percentile: float = PERCENTILE,
    whole: bool = False,
) -> Range:
    """The range of real values to represent.

    Args:
        stats: of the tensor.
        method: a name of `METHODS`.
        dtype, symmetric: what the range is for, as in `params_of`: int16 clips far less.
        percentile: for the method of that name, in percent.
        whole: never narrower than the data, whatever the method: for the graph's own inputs.

    Returns:
        Low and high, of which 0 lies within or at the end; (0, 0) where no finite value was seen.

    Raises:
        KeyError: there is no such method.
    """
    if method not in METHODS:
        raise KeyError(method)
    if whole:
        return _with_zero(stats.minimum, stats.maximum)
    chosen = _chosen.setdefault(stats, {})
    target = _Target(dtype, symmetric, percentile)
    if (method, target) not in chosen:
        low, high = METHODS[method](stats, target)
        chosen[method, target] = _with_zero(max(low, stats.minimum), min(high, stats.maximum))
    return chosen[method, target]


def params_of(low: float, high: float, dtype: str = "int8", symmetric: bool = False) -> QuantParams:
    """The affine map that covers a range, as the TensorFlow Lite quantization specification
    wants it: 0 is one of the integers exactly.

    Args:
        low, high: real; widened to include 0.
        dtype: "int8", "uint8" or "int16".
        symmetric: the zero point is the middle, and the scale covers the larger side.

    Returns:
        One scale, a float32 number of at least 2^-60, and one zero point. A range of nothing but
        0 gets the scale 1.

    Raises:
        ValueError: an end is not finite.
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"a range from {low} to {high} has no scale")
    scales, zero_points = _affine(*_one(_with_zero(low, high)), dtype, symmetric)
    return QuantParams((float(scales[0]),), (int(zero_points[0]),), dtype)


@dataclass(frozen=True)
class _Target:
    """What a range is for, as the arguments of `range_of`."""

    dtype: str
    symmetric: bool
    percentile: float

    def grid(self, lows: Array, highs: Array) -> Grid:
        """The integers that candidate ranges give."""
        scales, zero_points = _affine(lows, highs, self.dtype, self.symmetric)
        limits = np.iinfo(self.dtype)
        return Grid(
            scales, (limits.min - zero_points) * scales, (limits.max - zero_points) * scales
        )


_chosen: WeakKeyDictionary[TensorStats, dict[tuple[str, _Target], Range]] = WeakKeyDictionary()
"""Ranges found before: the search for an accuracy target plans the same tensors many times."""


def _affine(
    lows: Array, highs: Array, dtype: str, symmetric: bool
) -> tuple[Array, NDArray[np.int64]]:
    """Scales, rounded to float32, and zero points of many ranges that include 0."""
    limits = np.iinfo(dtype)
    if symmetric:
        middle = (limits.min + limits.max + 1) // 2
        scales = _sane(np.maximum(-lows, highs) / (limits.max - middle))
        return scales, np.full(scales.shape, middle, np.int64)
    scales = _sane((highs - lows) / (limits.max - limits.min))
    zero_points = np.rint(np.clip(limits.min - lows / scales, limits.min, limits.max))
    return scales, zero_points.astype(np.int64)


def _sane(scales: Array) -> Array:
    floored = np.where(scales == 0, 1.0, np.maximum(scales, _SMALLEST_SCALE))
    return floored.astype(np.float32).astype(np.float64)


def _with_zero(low: float, high: float) -> Range:
    return min(float(low), 0.0), max(float(high), 0.0)


def _minmax(stats: TensorStats, target: _Target) -> Range:
    return stats.minimum, stats.maximum


def _percentile(stats: TensorStats, target: _Target) -> Range:
    """Between the percentiles 100 - p and p, evenly interpolated within a bin."""
    low, high = bin_edges(stats.bins)
    if not low.size:
        return stats.minimum, stats.maximum
    below = np.concatenate([[0.0], np.cumsum(stats.counts, dtype=np.float64)])
    places = np.array([100 - target.percentile, target.percentile]) / 100 * below[-1]
    found = np.clip(np.searchsorted(below, places, side="right") - 1, 0, low.size - 1)
    within = (places - below[found]) / (below[found + 1] - below[found])
    ends = low[found] + within * (high[found] - low[found])
    return float(ends[0]), float(ends[1])


def _mse(stats: TensorStats, target: _Target) -> Range:
    return _least_error(stats, target)[0]


def _auto(stats: TensorStats, target: _Target) -> Range:
    found, saved = _least_error(stats, target)
    return found if saved > _WORTH else (stats.minimum, stats.maximum)


@dataclass(frozen=True)
class _Step:
    """One step of the search for the least error: which ends move, and to which shares of the
    whole range, or of the best one so far."""

    low: bool
    high: bool
    whole: bool = True

    def candidates(self, best: Range, whole: Range) -> tuple[Array, Array]:
        base, shares = (whole, _COARSE) if self.whole else (best, _FINE)
        still = np.ones(shares.size)
        lows = base[0] * shares if self.low else best[0] * still
        highs = base[1] * shares if self.high else best[1] * still
        return np.maximum(lows, whole[0]), np.minimum(highs, whole[1])


_COARSE = np.geomspace(1.0, 0.001, 48)
_FINE = np.geomspace(0.86, 1.16, 17)
"""Shares; the fine ones span the neighbours of a coarse one."""

_TOGETHER = (_Step(low=True, high=True), _Step(low=True, high=True, whole=False))
_EACH = (_Step(low=True, high=False), _Step(low=False, high=True))
_EACH_FINELY = (
    _Step(low=True, high=False, whole=False),
    _Step(low=False, high=True, whole=False),
)


def _least_error(stats: TensorStats, target: _Target) -> tuple[Range, float]:
    """The range of the least squared error, and which share of the whole range's it saves.

    Both ends shrink together; where both signs occur, then each in turn while the other stays.
    """
    model = ErrorModel.of(stats)
    whole = _with_zero(stats.minimum, stats.maximum)
    two_ends = whole[0] < 0 < whole[1] and not target.symmetric
    steps = (_TOGETHER[0], *_EACH, *_EACH, *_EACH_FINELY) if two_ends else _TOGETHER
    initial = least = _errors(model, target, *_one(whole))[0]
    best = whole
    for step in steps:
        lows, highs = step.candidates(best, whole)
        errors = _errors(model, target, lows, highs)
        place = int(errors.argmin())
        if errors[place] < least:
            best, least = (float(lows[place]), float(highs[place])), errors[place]
    return best, float(1 - least / initial) if initial else 0.0


def _errors(model: ErrorModel, target: _Target, lows: Array, highs: Array) -> Array:
    return model.total(target.grid(lows, highs))


def _one(limits: Range) -> tuple[Array, Array]:
    return np.array(limits[:1]), np.array(limits[1:])


def _entropy(stats: TensorStats, target: _Target) -> Range:
    threshold = entropy_threshold(stats, np.iinfo(target.dtype).bits)
    return max(stats.minimum, -threshold), min(stats.maximum, threshold)


METHODS: Mapping[str, Callable[[TensorStats, _Target], Range]] = {
    "auto": _auto,
    "minmax": _minmax,
    "percentile": _percentile,
    "mse": _mse,
    "entropy": _entropy,
}
"""Every method by the name that users give it."""
