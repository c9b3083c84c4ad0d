"""By what to divide the channels of an activation, its readers' weights being multiplied.

An int8 activation has one step for all channels, int8 weights one a row. Dividing channel c by
s_c, and multiplying column c of the readers by s_c, moves quantization noise from the activation,
whose small channels get more steps, to the weights, whose rows get wider ranges. For a step d of
x / s and errors e_oc of the rounded W_oc s_c, the expected noise in y = W x is

    sum_oc min(W_oc^2 (s_c d)^2 / 12, W_oc^2 E[x_c^2])  +  sum_oc e_oc^2 E[x_c^2] / s_c^2.

The candidates are s_c = r_c^a / w_c^b (SmoothQuant, Xiao et al. 2023, equation 4, has b = 1 - a),
and the best by this figure is taken. Rows themselves are free: a row that is divided has its own
step divided. So is a depthwise reader's column, which is a row. That is why, unlike equalization
for weights with one step a tensor (Nagel et al. 2019), the ranges of weights are not the aim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.corrections.products import Product

_STEPS = 255
_WEIGHT_STEPS = 127
_EXPONENTS = (0.25, 0.5, 0.75, 1.0)
_SMALLEST = 2.0**-10
"""Channels are not taken to be smaller than this part of the largest: what calibration saw of
them is next to nothing."""

_HEADROOM = 2.0
"""Channels are taken to be this much wider than calibration saw them, up to the widest: one that
fills the range to its end is clipped as soon as other data exceed it."""

_WORTHWHILE = 0.7
"""Of the noise as it is: what promises less than 1.5 dB is left alone. The figure takes ranges
for whole that may be clipped, and of trained networks those of a smaller promise lost as often as
they won."""

Channels = NDArray[np.float64]


class Reader:
    """What a product makes of the noise."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.rows = product.rows()
        by_group = (product.groups, -1, self.rows.shape[2])
        squares = np.square(self.rows).sum(axis=1).reshape(by_group)
        peaks = np.abs(self.rows).max(axis=1).reshape(by_group)
        self.gain: Channels = squares.sum(axis=1).ravel()
        self.peaks: Channels = peaks.max(axis=1).ravel()

    def weight_noise(self, factors: Channels, power: Channels) -> float:
        """The power of what the rounding of the weights adds to all rows, for x / factors.

        Args:
            power: [C], of x by channel.
        """
        weights = self.rows * self.product.seen(factors)[:, None, :]
        steps = np.abs(weights).max(axis=(1, 2), keepdims=True) / _WEIGHT_STEPS
        steps = np.where(steps > 0, steps, 1.0)
        errors = np.rint(weights / steps) * steps - weights
        seen = self.product.seen(power / np.square(factors))
        return float((np.square(errors).sum(axis=1) * seen).sum())


def best_factors(
    stats: TensorStats, products: Sequence[Product], capped: Sequence[TensorStats] = ()
) -> Channels | None:
    """The divisors of an activation's channels that leave the least noise in its readers.

    Args:
        stats: of the activation.
        products: all of its readers.
        capped: of tensors that a RELU6 gives and that are divided along: none is divided by more
            than 1, or by less than would bring what was seen above 6.

    Returns:
        float64 [C]; None where nothing is worth a change.
    """
    noise = _Noise(stats, [Reader(product) for product in products])
    if not np.isfinite(noise.ranges).all() or noise.peak <= 0:
        return None
    best, least = None, _WORTHWHILE * noise.total(np.ones(noise.ranges.size))
    for candidate in _candidates(noise):
        factors = _under_cap(candidate, capped) if capped else candidate
        if noise.total(factors) < least:
            best, least = factors, noise.total(factors)
    return best


def even_ranges(stats: TensorStats) -> Channels | None:
    """The divisors of an activation's channels after which all are equally wide.

    Returns:
        float64 [C], at most 1; None where there is nothing to go by.
    """
    ranges = np.maximum(-stats.channel_min.astype(np.float64), stats.channel_max)
    peak = float(ranges.max(initial=0.0))
    return _with_headroom(ranges, peak) / peak if 0 < peak < np.inf else None


def _with_headroom(ranges: Channels, peak: float) -> Channels:
    return np.clip(_HEADROOM * ranges, peak * _SMALLEST, peak)


class _Noise:
    """The expected noise as a function of the divisors."""

    def __init__(self, stats: TensorStats, readers: Sequence[Reader]) -> None:
        self.low = np.minimum(stats.channel_min.astype(np.float64), 0)
        self.high = np.maximum(stats.channel_max.astype(np.float64), 0)
        self.ranges = np.maximum(-self.low, self.high)
        self.peak = float(self.ranges.max(initial=0.0))
        self.power = stats.channel_sum2 / max(stats.channel_count, 1)
        self.readers = readers

    def total(self, factors: Channels) -> float:
        step = ((self.high / factors).max() - (self.low / factors).min()) / _STEPS
        gain = np.sum([one.gain for one in self.readers], axis=0)
        # Values that are all far below a step become 0: they lose themselves, and no more.
        lost = np.minimum(np.square(factors * step) / 12, self.power)
        rounding = float((gain * lost).sum())
        return rounding + sum(one.weight_noise(factors, self.power) for one in self.readers)


def _candidates(noise: _Noise) -> Iterator[Channels]:
    """Scaled so that the largest magnitude of the activation stays what it is."""
    ranges = _with_headroom(noise.ranges, noise.peak)
    peaks = np.max([one.peaks for one in noise.readers], axis=0)
    peaks = np.maximum(peaks, peaks.max(initial=0.0) * _SMALLEST)
    for a in _EXPONENTS:
        for b in (0.0, 1 - a):
            factors = ranges**a / np.where(peaks > 0, peaks, 1.0) ** b
            yield factors * (noise.ranges / factors).max() / noise.peak


def _under_cap(factors: Channels, capped: Sequence[TensorStats]) -> Channels:
    seen = np.max([one.channel_max.astype(np.float64) for one in capped], axis=0)
    return np.clip(factors, np.clip(_HEADROOM * seen / 6, _SMALLEST, 1), 1)
