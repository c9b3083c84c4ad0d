"""tflitekit.layer_norm: rows divided by a root of their variance or of their mean square.

LayerNorm, RMSNorm and the L2 norm along the last axes. Sums are exact; elements are scaled in 16
bits, of which as many are behind the point as the longest row leaves, so that before it is rounded
y is right to a few hundredths of a step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block
from tflitekit.kernels.fixed_point import ONE, saturated, times
from tflitekit.kernels.fused_activation import limits
from tflitekit.kernels.normalize.form import Form
from tflitekit.kernels.normalize.match import match as match_any
from tflitekit.kernels.normalize.parameters import unpack
from tflitekit.quantize.rule import OpRule

HEADER = np.dtype(
    [(name, "<i4") for name in ("columns", "zero_point", "subtracts_mean", "uses_variance")]
    + [(name, "<i4") for name in ("low", "high", "shift")]
    + [(name, "<f4") for name in ("epsilon", "floor", "after", "one")]
)
"""As android_bench/kernels/layer_norm.c takes it."""

MOST_COLUMNS = 4096
"""Of longer rows, 16 bits would be too few."""
_FARTHEST = 255.0
"""The most steps from one int8 to another."""
_MOST_SHIFT = 8
_LARGEST = ONE - 1


def match(around: Surroundings, end: Op) -> Region | None:
    """A normalization of rows whose results are bounded by the root of their length."""
    region = match_any(around, end)
    if region is None:
        return None
    form: Form = region.options["form"]
    is_bounded = form.subtracts_mean or not form.root.of.is_variance
    is_of_rows = form.view.rows == 1 and form.gain.size == form.view.columns
    return region if is_bounded and is_of_rows and form.view.columns <= MOST_COLUMNS else None


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """Header, gain and offset, in steps of x and y."""
    (x,), (y,) = inputs, outputs
    if x is None or y is None:
        raise ValueError("x and y are integers")
    form: Form = (op.options or {})["form"]
    (x_scale,), (y_scale,), (zero_point,) = x.scales, y.scales, y.zero_points
    spread = form.root.of
    header = np.zeros((), HEADER)
    header["columns"], header["zero_point"] = form.view.columns, x.zero_points[0]
    header["subtracts_mean"], header["uses_variance"] = form.subtracts_mean, spread.is_variance
    header["low"], header["high"] = limits(op, y)
    header["epsilon"], header["floor"] = spread.epsilon / x_scale**2, spread.floor / x_scale**2
    header["after"] = form.root.after / x_scale
    # What stands for a normalized 1.0: the largest number fits 16 bits, and one bit is for scales
    # of rows, which are fractions of 1/2 to 1.
    one = header["one"] = np.float32((ONE // 2 - 1) / _largest(header))
    gain = form.gain.astype(np.float64) / y_scale / one * ONE
    offset = form.offset.astype(np.float64) / y_scale + zero_point
    shift = header["shift"] = _shift(max(np.abs(gain).max(), np.abs(offset).max() + 1))
    return [block(header, _int16(gain * 2.0**shift), _int16((offset + 0.5) * 2.0**shift))]


def reference(x: NDArray[np.int8], parameters: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y = (x - mean) * scale * gain + offset, of x's shape, int8.

    Args:
        x: int8, taken as [rows, columns].
        parameters: of `pack`.
    """
    header, gain, offset = unpack(parameters, HEADER, "<i2", "columns")
    rows = x.reshape(-1, header["columns"]).astype(np.int64)
    shift, mean, scale = _row_constants(rows, header)
    numbers = times((rows << shift) - mean, scale)
    steps = saturated(times(numbers, gain) + offset) >> header["shift"]
    return (steps.clip(header["low"], header["high"]).astype(np.int8).reshape(x.shape),)


def _row_constants(
    rows: NDArray[np.int64], header: Any
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of each row: ((x << shift) - mean) * scale / 2^15 is the normalized x, where `one` is 1."""
    count, zero_point = rows.shape[1], int(header["zero_point"])
    total = rows.sum(1, keepdims=True)
    squares = np.square(rows).sum(1, keepdims=True)
    per_element = 1.0 / count
    if header["uses_variance"]:
        spread = (count * squares - total * total) * (per_element * per_element)
    else:
        spread = (squares - 2 * zero_point * total + count * zero_point**2) * per_element
    inside = np.maximum(spread + np.float64(header["epsilon"]), np.float64(header["floor"]))
    root = np.sqrt(inside) + np.float64(header["after"])
    scale = np.divide(np.float64(header["one"]), root, np.zeros_like(root), where=root > 0)
    fraction, exponent = np.frexp(scale)
    shift = exponent.astype(np.int64).clip(0, 15)
    parts = np.rint(np.where(exponent < 0, scale, fraction) * ONE).clip(0, _LARGEST)
    mean = total * per_element if header["subtracts_mean"] else np.full(total.shape, zero_point)
    # Rows without any spread are the mean.
    steps = np.where(root > 0, np.rint(mean * 2.0**shift), 0)
    return shift, steps.astype(np.int64), parts.astype(np.int64)


def _largest(header: Any) -> float:
    """What no normalized element of a row exceeds."""
    inside = max(_FARTHEST**2 / header["columns"] + header["epsilon"], header["floor"])
    return float(_FARTHEST / (math.sqrt(inside) + header["after"]))


def _shift(largest: float) -> int:
    """How many bits to the left a number stays within 16 bits."""
    return max(0, min(_MOST_SHIFT, math.floor(math.log2(_LARGEST / largest))))


def _int16(values: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.rint(values).clip(-_LARGEST, _LARGEST).astype(np.int16)


LAYER_NORM = CustomOp(
    name="tflitekit.layer_norm",
    summary="LayerNorm, RMSNorm and L2 norm along the last axes",
    rule=OpRule(data=(0,)),
    pack=pack,
    reference=reference,
    match=match,
)
