"""How far two engines are apart, and how much of that is noise. Pure.

An engine's answers are float arrays [draws, N, ...]: N held-out samples, once for each draw of
calibration samples. Noise has two sources: which samples were held out, taken from the bootstrap
(Efron 1979) over samples, and which were drawn to calibrate with, taken from the draws' spread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Value = Callable[[Array, NDArray[np.int64]], float]
"""A figure of merit, more is better: of answers [N, ...] to the held-out samples of these
indices."""

RESAMPLES = 300
BEYOND = 2.0
"""Standard errors by which a difference is more than noise."""


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error."""

    value: float
    error: float

    @property
    def is_loss(self) -> bool:
        """Whether it is negative by more than noise."""
        return self.value < -BEYOND * self.error

    @property
    def is_gain(self) -> bool:
        """Whether it is positive by more than noise."""
        return self.value > BEYOND * self.error


def sqnr_db(expected: Array, answers: Array) -> float:
    """Signal to quantization noise in decibels: 10 log10 of the ratio of the summed squares."""
    noise = np.square(answers - expected).sum()
    return float(10 * np.log10(np.square(expected).sum() / noise)) if noise else float("inf")


def estimate(draws: Array, value: Value) -> Estimate:
    """The mean over all draws, and its standard error."""
    return _estimate(_values(draws, value), _resampled(draws, value))


def difference(ours: Array, theirs: Array, value: Value) -> Estimate:
    """How much more the first is worth, sample by sample and draw by draw.

    The same samples and draws stand behind both, so that what is hard for both does not count.
    """
    return _estimate(
        _values(ours, value) - _values(theirs, value),
        _resampled(ours, value) - _resampled(theirs, value),
    )


def _estimate(by_draw: Array, by_resample: Array) -> Estimate:
    draws = len(by_draw)
    drawing = by_draw.std(ddof=1) / np.sqrt(draws) if draws > 1 else 0.0
    return Estimate(float(by_draw.mean()), float(np.hypot(by_resample.std(), drawing)))


def _values(draws: Array, value: Value) -> Array:
    """One a draw, on all samples."""
    return np.array([value(answers, np.arange(len(answers))) for answers in draws])


def _resampled(draws: Array, value: Value) -> Array:
    """One a resample, the mean over the draws; the same resamples for whatever is compared."""
    rng = np.random.default_rng(0)
    count = draws.shape[1]
    resamples = [np.asarray(rng.integers(0, count, count)) for _ in range(RESAMPLES)]
    return np.array([np.mean([value(one[rows], rows) for one in draws]) for rows in resamples])
