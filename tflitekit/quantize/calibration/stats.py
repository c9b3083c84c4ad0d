"""What calibration learns of one tensor. Pure: values in, values out; any two can be merged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TensorStats:
    """The values that a float tensor took over all samples.

    Statistics equal themselves only, so that what was found of them can be looked up.

    The histogram counts by the upper 16 bits of the float32 value (its bfloat16 truncation): the
    bins are the same for every tensor and every run, no range has to be known beforehand, and two
    histograms merge exactly. A bin is 1/128 of a power of two wide.

    NaN and infinities are counted in `nonfinite` and nowhere else but in the two counts of
    elements. A tensor without any finite value has no bins, +inf as its minimum and -inf as its
    maximum.

    Attributes:
        count: elements seen.
        minimum, maximum: exact, over all finite elements.
        bins: uint16, the upper halves that occur, in increasing order of the value they stand for.
        counts: uint64, of each bin. Large tensors are thinned, so their sum may be below `count`.
        channel_min, channel_max: float32 [C], exact, by index along the last axis.
        channel_sum, channel_sum2: float64 [C], of the values and of their squares.
        channel_count: elements seen of each channel.
        nonfinite: how many elements were NaN or infinite.
    """

    count: int
    minimum: float
    maximum: float
    bins: NDArray[np.uint16]
    counts: NDArray[np.uint64]
    channel_min: NDArray[np.float32]
    channel_max: NDArray[np.float32]
    channel_sum: NDArray[np.float64]
    channel_sum2: NDArray[np.float64]
    channel_count: int
    nonfinite: int = 0

    def merged(self, other: TensorStats) -> TensorStats:
        """The statistics of both sets of samples together.

        Raises:
            ValueError: the two are of tensors with different numbers of channels.
        """
        if self.channel_min.shape != other.channel_min.shape:
            raise ValueError("statistics of tensors of different shapes cannot be merged")
        bins, counts = sorted_bins(
            np.concatenate([self.bins, other.bins]), np.concatenate([self.counts, other.counts])
        )
        return TensorStats(
            count=self.count + other.count,
            minimum=min(self.minimum, other.minimum),
            maximum=max(self.maximum, other.maximum),
            bins=bins,
            counts=counts,
            channel_min=np.minimum(self.channel_min, other.channel_min),
            channel_max=np.maximum(self.channel_max, other.channel_max),
            channel_sum=self.channel_sum + other.channel_sum,
            channel_sum2=self.channel_sum2 + other.channel_sum2,
            channel_count=self.channel_count + other.channel_count,
            nonfinite=self.nonfinite + other.nonfinite,
        )


def observe(values: NDArray[np.float32]) -> TensorStats:
    """The statistics of one value of a tensor, without thinning: what the runner is held to.

    Args:
        values: of any rank; not empty.
    """
    array = np.ascontiguousarray(values, np.float32)
    rows = array.reshape(-1, array.shape[-1] if array.ndim else 1)
    finite = np.isfinite(rows)
    wide = np.where(finite, rows, 0).astype(np.float64)
    upper = (rows.view(np.uint32)[finite] >> 16).astype(np.uint16)
    bins, counts = sorted_bins(upper, np.ones(upper.size, np.uint64))
    channel_min = np.where(finite, rows, np.float32(np.inf)).min(axis=0) + np.float32(0)
    channel_max = np.where(finite, rows, np.float32(-np.inf)).max(axis=0) + np.float32(0)
    return TensorStats(
        count=rows.size,
        minimum=float(channel_min.min()),
        maximum=float(channel_max.max()),
        bins=bins,
        counts=counts,
        channel_min=channel_min,
        channel_max=channel_max,
        channel_sum=wide.sum(axis=0),
        channel_sum2=np.square(wide).sum(axis=0),
        channel_count=rows.shape[0],
        nonfinite=int(rows.size - finite.sum()),
    )


def sorted_bins(
    bins: NDArray[np.uint16], counts: NDArray[np.uint64]
) -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
    """Bins in increasing order of value, those that occur several times added up.

    Args:
        bins: in any order.
        counts: of each of `bins`.
    """
    keys, places = np.unique(_value_order(bins), return_inverse=True)
    totals = np.zeros(keys.size, np.uint64)
    np.add.at(totals, places, counts)
    return _value_order_inverse(keys), totals


def bin_edges(bins: NDArray[np.uint16]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lowest and the highest float32 value that fall into each bin."""
    toward_zero, away = (_with_lower_half(bins, lower) for lower in (0x0000, 0xFFFF))
    return np.minimum(toward_zero, away), np.maximum(toward_zero, away)


def _with_lower_half(bins: NDArray[np.uint16], lower: int) -> NDArray[np.float64]:
    bits = (bins.astype(np.uint32) << 16 | lower).astype(np.uint32)
    return bits.view(np.float32).astype(np.float64)


def _value_order(bins: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Keys that sort as the values do: negative numbers grow as their bits fall."""
    negative = bins >= 0x8000
    return np.where(negative, ~bins, bins | 0x8000).astype(np.uint16)


def _value_order_inverse(keys: NDArray[np.uint16]) -> NDArray[np.uint16]:
    negative = keys < 0x8000
    return np.where(negative, ~keys, keys & 0x7FFF).astype(np.uint16)
