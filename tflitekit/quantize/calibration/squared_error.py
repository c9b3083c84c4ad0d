"""The squared error that an integer range makes on what calibration saw, exactly integrated.

Values are taken as spread evenly within their bin of the histogram, because near the largest
magnitude a bin is wider than a step of int8: its midpoint alone would say little about rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tflitekit.quantize.calibration.stats import TensorStats, bin_edges

Array = NDArray[np.float64]

_NEGLIGIBLE = 2.0**-16
"""Values below this share of the largest magnitude are taken as 0, which costs nothing."""


@dataclass(frozen=True)
class Grid:
    """The integer grids of several candidate ranges: the real values that the integers stand for.

    Attributes:
        scale: the step, of each candidate.
        low, high: what the lowest and the highest integer stand for.
    """

    scale: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class ErrorModel:
    """Where the values lie, so that the error of a grid is two dot products.

    With F an antiderivative of the squared error, the mean over a bin from a to b is
    (F(b) - F(a)) / (b - a); summed over bins, F at each edge gets one coefficient.

    Attributes:
        edges, coefficients: of bins that are wider than one float32 value.
        points, weights: of values that are known exactly.
    """

    edges: Array
    coefficients: Array
    points: Array
    weights: Array

    @classmethod
    def of(cls, stats: TensorStats) -> ErrorModel:
        """From a histogram, which may be thinned, and the exact extremes."""
        low, high = bin_edges(stats.bins)
        low, high = np.maximum(low, stats.minimum), np.minimum(high, stats.maximum)
        counts = stats.counts.astype(np.float64) * thinning(stats)
        relevant = np.maximum(np.abs(low), np.abs(high)) > _NEGLIGIBLE * _magnitude(stats)
        wide = relevant & (high > low)
        density = counts[wide] / (high[wide] - low[wide])
        edges, places = np.unique(np.concatenate([low[wide], high[wide]]), return_inverse=True)
        coefficients = np.zeros(edges.size)
        np.add.at(coefficients, places, np.concatenate([-density, density]))
        exact = relevant & (high <= low)
        missed = _missed(stats)
        return cls(
            edges,
            coefficients,
            points=np.concatenate([low[exact], missed]),
            weights=np.concatenate([counts[exact], np.ones(missed.size)]),
        )

    def total(self, grid: Grid) -> Array:
        """The summed squared error, one a candidate."""
        grids = np.stack([grid.scale, grid.low, grid.high], axis=1).tolist()
        return np.array([self._one(*one) for one in grids])

    def _one(self, scale: float, low: float, high: float) -> float:
        rounding = _integral(self.edges, scale, low, high) @ self.coefficients
        points = _pointwise(self.points, scale, low, high) @ self.weights
        return max(float(rounding), 0.0) + float(points)


def thinning(stats: TensorStats) -> float:
    """How many elements each count of the histogram stands for."""
    counted = float(stats.counts.sum())
    return (stats.count - stats.nonfinite) / counted if counted else 1.0


def _magnitude(stats: TensorStats) -> float:
    return max(abs(stats.minimum), abs(stats.maximum))


def _missed(stats: TensorStats) -> Array:
    """Extremes of channels, which are exact, beyond the bins that a thinned histogram counted."""
    channels = np.concatenate([stats.channel_min, stats.channel_max]).astype(np.float64)
    extremes: Array = channels[np.isfinite(channels)]
    if not stats.bins.size:
        return extremes
    low, high = bin_edges(stats.bins[[0, -1]])
    outside = (extremes < low[0]) | (extremes > high[1])
    return np.asarray(extremes[outside], np.float64)


def _pointwise(values: Array, scale: float, low: float, high: float) -> Array:
    inside = np.clip(values, low, high)
    return np.asarray(np.square(values - np.rint(inside / scale) * scale))


def _integral(values: Array, scale: float, low: float, high: float) -> Array:
    """F: the integral of the squared error from 0 to each value.

    In steps, rounding contributes 1/12 for each whole step and d^3 / 3 for the distance d to the
    nearest one; beyond the range the distance to its end counts.
    """
    inside = np.clip(values, low, high)
    steps = inside / scale
    whole = np.rint(steps)
    rounding = (whole / 4 + _cube(steps - whole)) * scale**3
    return np.asarray((rounding + _cube(values - inside)) / 3)


def _cube(values: Array) -> Array:
    return np.asarray(values * values * values)
