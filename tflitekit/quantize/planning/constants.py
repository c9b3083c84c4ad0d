"""Parameters of weights, biases and other constants. Pure: arrays in, parameters out.

Weights and biases follow the TensorFlow Lite 8-bit quantization specification: weights int8,
symmetric, without -128, one scale a channel; biases int32 with the scale of the accumulator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tflitekit.quantize.calibration.ranges import params_of
from tflitekit.quantize.params import QuantParams

WEIGHT_STEPS = 127
ALIKE_DB = 0.1
"""How much more noise one scale for all channels may make: less than can be measured."""
_INT32_STEPS = 2**30  # half of them: the products are added to the bias


def weight_params(
    weights: NDArray[np.float32],
    axis: int | None,
    x: QuantParams | None,
    bias: NDArray[np.float32] | None,
) -> QuantParams:
    """Symmetric int8 parameters of a weight constant.

    Args:
        weights: of any shape.
        axis: the channel axis; None for one scale for all.
        x: the parameters of the activations that they are multiplied with, if they are.
        bias: float32 [C]; a channel's scale is widened where its bias would not fit int32.
    """
    peaks = _peaks(weights, axis)
    scales = np.where(peaks > 0, peaks, 1.0) / WEIGHT_STEPS
    if bias is not None and x is not None and x.dtype == "int8":
        needed = np.abs(bias.astype(np.float64)) / (x.scales[0] * _INT32_STEPS)
        scales = np.maximum(scales, needed if axis is not None else needed.max(initial=0.0))
    # Rounded as the file holds them, so that biases and weights agree on the same number.
    rounded = tuple(float(scale) for scale in scales.astype(np.float32))
    return QuantParams(rounded, (0,) * len(rounded), "int8", axis or 0)


def one_if_alike(weights: QuantParams) -> QuantParams:
    """One scale for all channels where their own would make the rounding hardly more exact.

    A scale a channel, and a second one for its bias, are a good part of a small layer's bytes. The
    power of the rounding's noise goes with the squares of the scales.
    """
    scales = np.asarray(weights.scales)
    largest = float(scales.max())
    if largest**2 > 10 ** (ALIKE_DB / 10) * np.mean(np.square(scales)):
        return weights
    return QuantParams((largest,), (0,), weights.dtype, weights.axis)


def bias_params(x: QuantParams, weights: QuantParams) -> QuantParams:
    """The accumulator's scale, x times weights; int32, or int64 where activations are int16."""
    scales = np.float32(x.scales[0]) * np.asarray(weights.scales, np.float32)
    dtype = "int64" if x.dtype == "int16" else "int32"
    return QuantParams(tuple(float(scale) for scale in scales), (0,) * len(scales), dtype)


def constant_params(values: NDArray[np.float32], dtype: str) -> QuantParams:
    """Parameters that cover a constant operand, such as the addend of a sum.

    Args:
        values: of any shape.
        dtype: "int8", or "int16", which is symmetric.
    """
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    return params_of(low, high, dtype=dtype, symmetric=dtype == "int16")


def _peaks(weights: NDArray[np.float32], axis: int | None) -> NDArray[np.float64]:
    """The largest magnitude of each channel; one of all where there is no axis."""
    # No array of magnitudes: weights may be gigabytes.
    others = tuple(one for one in range(weights.ndim) if one != axis) if axis is not None else None
    high, low = weights.max(others, initial=0.0), weights.min(others, initial=0.0)
    return np.atleast_1d(np.maximum(high, -low)).astype(np.float64)
