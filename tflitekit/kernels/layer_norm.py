"""tflitekit.layer_norm: rows divided by a root of their variance or of their mean square.

LayerNorm, RMSNorm and the L2 norm along the last axes. Sums are exact. From int8 to int8, elements
are scaled in 16 bits, of which as many are behind the point as the longest row leaves, so that
before it is rounded y is right to a few hundredths of a step. Where x or y is int16, they are
scaled in float32: see `normalize/rows.py`.
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
from tflitekit.kernels.normalize.form import Form
from tflitekit.kernels.normalize.match import match as match_any
from tflitekit.kernels.normalize.parameters import unpack
from tflitekit.kernels.normalize.rows import (
    HEADER,
    MOST_COLUMNS,
    affine_of,
    header_of,
    means_and_roots,
    normalized,
)
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.rule import OpRule

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
    header = header_of(op, form, x.scales[0], x.zero_points[0], y)
    if "int16" in (x.dtype, y.dtype):
        return [block(header, *affine_of(form, y))]
    return [block(header, *_narrow_affine(form, y, header))]


def _narrow_affine(
    form: Form, y: QuantParams, header: NDArray[Any]
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Gain and offset in 16 bits; the header is told how."""
    (scale,), (zero_point,) = y.scales, y.zero_points
    # What stands for a normalized 1.0: the largest number fits 16 bits, and one bit is for scales
    # of rows, which are fractions of 1/2 to 1.
    one = header["one"] = np.float32((ONE // 2 - 1) / _largest(header))
    gain = form.gain.astype(np.float64) / scale / one * ONE
    offset = form.offset.astype(np.float64) / scale + zero_point
    shift = header["shift"] = _shift(max(np.abs(gain).max(), np.abs(offset).max() + 1))
    return _int16(gain * 2.0**shift), _int16((offset + 0.5) * 2.0**shift)


def reference(x: NDArray[Any], parameters: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y = (x - mean) * scale * gain + offset, of x's shape, int8 or int16.

    Args:
        x: int8 or int16, taken as [rows, columns].
        parameters: of `pack`.
    """
    (header,) = parameters[: HEADER.itemsize].view(HEADER)
    is_wide = x.dtype == np.int16 or header["y_bits"] == 16
    _, gain, offset = unpack(parameters, HEADER, "<f4" if is_wide else "<i2", "columns")
    rows = x.reshape(-1, header["columns"]).astype(np.int64)
    given = normalized if is_wide else _narrow
    return (given(rows, header, gain, offset).reshape(x.shape),)


def _narrow(
    rows: NDArray[np.int64], header: Any, gain: NDArray[np.int16], offset: NDArray[np.int16]
) -> NDArray[np.int8]:
    """The same from int8 to int8, in 16 bits."""
    shift, mean, scale = _row_constants(rows, header)
    numbers = times((rows << shift) - mean, scale)
    steps = saturated(times(numbers, gain.astype(np.int64)) + offset) >> header["shift"]
    return np.asarray(steps.clip(header["low"], header["high"]).astype(np.int8))


def _row_constants(
    rows: NDArray[np.int64], header: Any
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of each row: ((x << shift) - mean) * scale / 2^15 is the normalized x, where `one` is 1."""
    mean, root = means_and_roots(rows, header)
    scale = np.divide(np.float64(header["one"]), root, np.zeros_like(root), where=root > 0)
    fraction, exponent = np.frexp(scale)
    shift = exponent.astype(np.int64).clip(0, 15)
    parts = np.rint(np.where(exponent < 0, scale, fraction) * ONE).clip(0, _LARGEST)
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
    rule=OpRule(data=(0,), int16=True, mixed=True),
    pack=pack,
    reference=reference,
    match=match,
)
