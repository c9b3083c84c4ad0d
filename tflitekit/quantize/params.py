"""Affine quantization: real = scale * (quantized - zero_point).

The mapping and its rounding follow the TensorFlow Lite 8-bit quantization specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 1 << 20
"""Elements that are quantized at a time."""


@dataclass(frozen=True)
class QuantParams:
    """The affine map of one tensor.

    Attributes:
        scales: one positive real step, or one a channel.
        zero_points: the integers that stand for 0.0, as many as `scales`.
        dtype: the integer type, a NumPy name such as "int8".
        axis: the channel axis where there are several scales.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    dtype: str
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        """Whether each index along `axis` has a scale of its own."""
        return len(self.scales) > 1

    def quantize(self, values: NDArray[np.floating]) -> NDArray[Any]:
        """Round to the nearest step, ties away from zero as LiteRT does, and saturate.

        Some elements at a time, so that little memory is needed beside the result.
        """
        along = self._along_axis(values.ndim)
        steps = np.empty(values.shape, self.dtype)
        if values.ndim == 0:
            steps[...] = self._steps(values, *along)
            return steps
        rows = max(1, _AT_ONCE * len(values) // max(values.size, 1))
        for first in range(0, len(values), rows):
            some = slice(first, first + rows)
            scale, zero_point = (one[some] if one.ndim and len(one) > 1 else one for one in along)
            steps[some] = self._steps(values[some], scale, zero_point)
        return steps

    def _steps(
        self, values: NDArray[np.floating], scale: NDArray[Any], zero_point: NDArray[Any]
    ) -> NDArray[Any]:
        limits = np.iinfo(self.dtype)
        # float32 as LiteRT's own QUANTIZE; a bias has more steps than float32 can tell apart.
        real = np.float32 if limits.bits <= 16 else np.float64
        steps = np.asarray(values, real) / scale.astype(real)
        rounded = np.trunc(steps + np.copysign(real(0.5), steps)) + zero_point
        return np.asarray(np.clip(rounded, limits.min, limits.max).astype(self.dtype))

    def dequantize(self, steps: NDArray[Any]) -> NDArray[np.float32]:
        """The real values that `steps` stand for."""
        scale, zero_point = self._along_axis(steps.ndim)
        return ((steps.astype(np.int64) - zero_point) * scale).astype(np.float32)

    def _along_axis(self, rank: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        scale = np.asarray(self.scales, np.float32)
        zero_point = np.asarray(self.zero_points, np.int64)
        if not self.per_channel:
            return scale[0], zero_point[0]
        shape = [1] * rank
        shape[self.axis] = len(self.scales)
        return scale.reshape(shape), zero_point.reshape(shape)
