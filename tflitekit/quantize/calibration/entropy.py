"""The clipping threshold that keeps most information, after TensorRT's calibration.

Szymon Migacz, "8-bit Inference with TensorRT", GPU Technology Conference 2017: among thresholds on
the magnitude, take the one whose quantized distribution diverges least (Kullback-Leibler) from
the distribution of what was seen. There a histogram of 2048 equal cells is collected; here it is
made from the finer bins of calibration, whose values are taken as spread evenly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tflitekit.quantize.calibration.stats import TensorStats, bin_edges, sorted_bins

_CELLS = 2048
_STRIDE = 16
_LARGEST_BITS = 8
"""With 16 bits there are more levels than cells, and nothing is to be gained by clipping."""


def entropy_threshold(stats: TensorStats, bits: int) -> float:
    """The magnitude to clip at.

    Args:
        stats: of a tensor with at least one finite value.
        bits: of the integer type. A tensor that takes only one sign has all levels for it.
    """
    largest = max(abs(stats.minimum), abs(stats.maximum))
    if bits > _LARGEST_BITS or not stats.bins.size or largest == 0:
        return largest
    two_sided = stats.minimum < 0 < stats.maximum
    levels = 2 ** (bits - 1 if two_sided else bits)
    cells = _magnitudes(stats, largest)
    sizes = np.arange(levels, _CELLS + 1, _STRIDE)[::-1]
    divergences = [_divergence(cells, int(size), levels) for size in sizes]
    return float(sizes[int(np.argmin(divergences))]) * largest / _CELLS


def _magnitudes(stats: TensorStats, largest: float) -> NDArray[np.float64]:
    """Counts of the magnitude in equal cells from 0 to `largest`, without exact zeros: padding
    and ReLU make so many that they would hide all else."""
    nonzero = (stats.bins & 0x7FFF) != 0
    bins, counts = sorted_bins(stats.bins[nonzero] & 0x7FFF, stats.counts[nonzero])
    low, high = bin_edges(bins)
    # Cumulative counts over both edges of each bin: level in the gaps, even within a bin.
    places = np.minimum(np.stack([low, high], axis=1).ravel(), largest)
    total = np.cumsum(counts, dtype=np.float64)
    below = np.stack([total - counts, total], axis=1).ravel()
    edges = np.linspace(0, largest, _CELLS + 1)
    return np.diff(np.interp(edges, places, below, left=0.0, right=total[-1]))


def _divergence(cells: NDArray[np.float64], size: int, levels: int) -> float:
    """KL(P || Q): P is `cells[:size]` with everything beyond in its last cell, Q the same without
    what is beyond, averaged over each level's nonempty cells."""
    kept = cells[:size]
    reference = kept.copy()
    reference[-1] += cells[size:].sum()
    level = np.arange(size) * levels // size
    filled = kept > 0
    totals = np.bincount(level, kept, levels)
    numbers = np.bincount(level, filled, levels)
    expanded = np.where(filled, (totals / np.maximum(numbers, 1))[level], 0.0)
    return _kullback_leibler(reference, expanded)


def _kullback_leibler(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    if not p.sum() or not q.sum():
        return float("inf")
    p, q = p / p.sum(), q / q.sum()
    seen = p > 0
    if (q[seen] == 0).any():
        q = (q + 1e-9) / (q + 1e-9).sum()
    return float(np.sum(p[seen] * np.log(p[seen] / q[seen])))
