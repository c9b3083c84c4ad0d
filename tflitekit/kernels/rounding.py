"""Rounding and saturation of our kernels, defined once: android_bench/kernels/rounding.h.

A kernel sums in integers, scales the sum in float32, one IEEE operation after the other, and rounds
once, ties to even: the same bits on every processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def round_into(values: NDArray[np.float32], dtype: str = "int8") -> NDArray[Any]:
    """The nearest integers of a type, ties to even; NaN gives the least."""
    limits = np.iinfo(dtype)
    steps = np.rint(np.asarray(values, np.float32))
    steps = np.where(np.isnan(steps), np.float32(limits.min), steps)
    clipped: NDArray[Any] = np.clip(steps, limits.min, limits.max).astype(dtype)
    return clipped


def requantize(
    steps: NDArray[np.int32], scale: float, zero_point: int, dtype: str = "int8"
) -> NDArray[Any]:
    """What stands for `steps` steps of an accumulator, each `scale` steps of the output."""
    scaled = steps.astype(np.float32) * np.float32(scale) + np.float32(zero_point)
    return round_into(scaled, dtype)
