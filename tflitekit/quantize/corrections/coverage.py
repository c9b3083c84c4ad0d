"""How often a tap of a filter meets the input: at the borders it meets padding, which is 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.quantize.corrections.products import Product


def coverage(product: Product) -> NDArray[np.float64]:
    """For each tap of the filter, row by row, how many input positions an output position meets
    on average: at most 1 for a convolution."""
    if product.op.name == "FULLY_CONNECTED":
        return np.ones(1)
    options = product.op.options or {}
    inside, outside = product.x.shape[1:3], product.op.outputs[0].shape[1:3]
    sizes = zip(("h", "w"), product.kernel, inside, outside, strict=True)
    of_axis = _transposed if product.op.name == "TRANSPOSE_CONV" else _convolved
    rows, columns = (of_axis(options, *size) for size in sizes)
    return np.outer(rows, columns).ravel()


def padding(options: dict[str, Any], axis: str, taps: int, inside: int, outside: int) -> int:
    """How many positions of padding come before the first input position of a convolution."""
    if options.get("padding") != "SAME":
        return 0
    stride, dilation = steps(options, axis)
    return max((outside - 1) * stride + (taps - 1) * dilation + 1 - inside, 0) // 2


def steps(options: dict[str, Any], axis: str) -> tuple[int, int]:
    """Stride and dilation along "h" or "w"."""
    return options.get(f"stride_{axis}", 1), options.get(f"dilation_{axis}_factor", 1) or 1


def _convolved(
    options: dict[str, Any], axis: str, taps: int, inside: int, outside: int
) -> NDArray[np.float64]:
    stride, dilation = steps(options, axis)
    first = np.arange(outside) * stride - padding(options, axis, taps, inside, outside)
    places = first[:, None] + np.arange(taps) * dilation
    return np.asarray(((places >= 0) & (places < inside)).mean(axis=0), np.float64)


def _transposed(
    options: dict[str, Any], axis: str, taps: int, inside: int, outside: int
) -> NDArray[np.float64]:
    stride, _ = steps(options, axis)
    cut = max((inside - 1) * stride + taps - outside, 0) // 2 if _is_same(options) else 0
    places = np.arange(inside)[:, None] * stride + np.arange(taps) - cut
    return np.asarray(((places >= 0) & (places < outside)).sum(axis=0) / outside, np.float64)


def _is_same(options: dict[str, Any]) -> bool:
    return bool(options.get("padding") == "SAME")
