"""What the kernels that normalize rows have in common: android_bench/kernels/norm_rows.h.

Their block has a header, then a gain and an offset of each column. Where x and y are int8, a kernel
may scale elements in 16 bits; where one is int16, they are scaled in float32, which is `normalized`
here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.kernels.fused_activation import limits
from tflitekit.kernels.normalize.form import Form
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.params import QuantParams

HEADER = np.dtype(
    [(name, "<i4") for name in ("columns", "zero_point", "subtracts_mean", "uses_variance")]
    + [(name, "<i4") for name in ("low", "high", "y_bits", "shift")]
    + [(name, "<f4") for name in ("epsilon", "floor", "after", "one")]
)
"""As the kernels take it. The shift and the number that is 1.0 are of the 16-bit form."""

MOST_COLUMNS = 4096
"""Of longer rows, 16 bits would be too few."""

LEAST_ROOT = 1e-30
"""Rows of a smaller root are constant, and are the mean."""


def header_of(op: Op, form: Form, x_scale: float, zero_point: int, y: QuantParams) -> NDArray[Any]:
    """The header.

    Args:
        op: its options hold the activation function.
        form: what is computed.
        x_scale, zero_point: of x.
        y: of the normalized rows.
    """
    spread = form.root.of
    header = np.zeros((), HEADER)
    header["columns"], header["zero_point"] = form.view.columns, zero_point
    header["subtracts_mean"], header["uses_variance"] = form.subtracts_mean, spread.is_variance
    header["low"], header["high"] = limits(op, y)
    header["y_bits"] = np.iinfo(y.dtype).bits
    header["epsilon"], header["floor"] = spread.epsilon / x_scale**2, spread.floor / x_scale**2
    header["after"], header["one"] = form.root.after / x_scale, 1.0
    return header


def affine_of(form: Form, y: QuantParams) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Gain and offset in steps of y."""
    (scale,), (zero_point,) = y.scales, y.zero_points
    gain = form.gain.astype(np.float64) / scale
    offset = form.offset.astype(np.float64) / scale + zero_point
    return gain.astype(np.float32), offset.astype(np.float32)


def means_and_roots(
    rows: NDArray[np.int64], header: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each row [rows, 1]: what is subtracted, and what is divided by, in steps of x."""
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
    is_mean = header["subtracts_mean"]
    return total * per_element if is_mean else np.full(root.shape, float(zero_point)), root


def normalized(
    rows: NDArray[np.int64], header: Any, gain: NDArray[np.float32], offset: NDArray[np.float32]
) -> NDArray[Any]:
    """y = (x - mean) * scale * gain + offset of [rows, columns], int8 or int16 as the header says.

    Statistics are exact; elements are scaled in float32, one operation after the other.
    """
    mean, root = means_and_roots(rows, header)
    scale = np.divide(1.0, root, np.zeros_like(root), where=root > LEAST_ROOT)
    centered = rows.astype(np.float32) - mean.astype(np.float32)
    steps = centered * scale.astype(np.float32) * gain + offset
    y = round_into(steps, f"int{header['y_bits']}")
    return np.asarray(y.clip(int(header["low"]), int(header["high"])))
