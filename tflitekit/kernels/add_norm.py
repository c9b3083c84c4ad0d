"""tflitekit.add_norm: a residual sum and normalizations of its rows, in one pass.

a and b are int8 or int16, each with one scale or with one a column, and the sum and what is
normalized are int8 or int16. The sum is normalized in 16 bits whatever type it is given in, so that
y is as exact as a and b are. The rows can be given twice: for the next sum, and with other gains
for the matrix products that read them in int8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.kernels.add_norm_match import match
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import BlockParts, block
from tflitekit.kernels.normalize.form import Form
from tflitekit.kernels.normalize.rows import HEADER, affine_of, header_of, normalized
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.rule import OpRule

SUM_HEADER = np.dtype(
    [(name, "<i4") for name in ("a_zero", "b_zero", "sum_zero", "sum_bits")]
    + [(name, "<i4") for name in ("columns", "a_scales", "b_scales")]
    + [("sum_scale", "<f4")]
)
"""As android_bench/kernels/add_norm.c takes it: the scale is a step of the 16-bit sum in those of
the sum as it is given, and `sum_bits` is 0 where it is not given. Scales follow, so many of a and
so many of b, in steps of the 16-bit sum."""

MOST = 32767
"""Of the 16-bit sum, either side of 0."""


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The header of the sum and the scales of a and b; then of each normalization header, gain and
    offset."""
    options = op.options or {}
    forms: tuple[Form, ...] = options["forms"]
    first = len(outputs) - len(forms)
    a, b, views = inputs[0], inputs[1], outputs[first:]
    if a is None or b is None:
        raise ValueError("a and b are integers")
    total = outputs[0] if first else None
    scales = [_scales(one, given) for one, given in zip((a, b), options["scales"], strict=True)]
    step = _step(_reach(a, scales[0]) + _reach(b, scales[1]), total)
    parts = [_sum_header(a, b, total, step)]
    parts[0]["columns"] = forms[0].view.columns
    parts[0]["a_scales"], parts[0]["b_scales"] = (one.size for one in scales)
    parts += [(one / step).astype(np.float32) for one in scales]
    for form, y in zip(forms, views, strict=True):
        if y is None:
            raise ValueError("y is an integer")
        parts += [header_of(op, form, step, 0, y), *affine_of(form, y)]
    return [block(*parts)]


def _scales(params: QuantParams, factors: NDArray[np.float32] | None) -> NDArray[np.float64]:
    """One, or one a column."""
    return params.scales[0] * (np.ones(1) if factors is None else factors.astype(np.float64))


def _sum_header(
    a: QuantParams, b: QuantParams, total: QuantParams | None, step: float
) -> NDArray[Any]:
    header = np.zeros((), SUM_HEADER)
    header["a_zero"], header["b_zero"] = a.zero_points[0], b.zero_points[0]
    if total is not None:
        header["sum_zero"], header["sum_bits"] = total.zero_points[0], np.iinfo(total.dtype).bits
        header["sum_scale"] = step / total.scales[0]
    return header


def _step(reach: float, total: QuantParams | None) -> float:
    """Of the 16-bit sum: as the sum is given, else so that nothing saturates."""
    return total.scales[0] if total is not None and total.dtype == "int16" else reach / MOST


def _reach(params: QuantParams, scales: NDArray[np.float64]) -> float:
    """The greatest magnitude that a tensor can hold."""
    limits, zero_point = np.iinfo(params.dtype), params.zero_points[0]
    steps = max(limits.max - zero_point, zero_point - limits.min)
    return float(np.abs(scales).max() * steps)


def reference(
    a: NDArray[Any], b: NDArray[Any], parameters: NDArray[np.int8]
) -> tuple[NDArray[Any], ...]:
    """The sum, if it is given, and each y = (sum - mean) * scale * gain + offset.

    All are of the shape that a and b broadcast to.

    Args:
        a, b: int8 or int16, of one shape but for axes of 1 in front; taken as [rows, columns].
        parameters: of `pack`.
    """
    parts = BlockParts(parameters)
    (p,) = parts.array(SUM_HEADER.itemsize, "u1").view(SUM_HEADER)
    a_scales, b_scales = (parts.array(p[name], "<f4") for name in ("a_scales", "b_scales"))
    terms = _real(a, p["a_zero"]) * a_scales + _real(b, p["b_zero"]) * b_scales
    wide = round_into(terms, "int16").clip(-MOST, MOST)
    rows = wide.reshape(-1, p["columns"]).astype(np.int64)
    given = list(_given(wide, p))
    while parts.is_left:
        (header,) = parts.array(HEADER.itemsize, "u1").view(HEADER)
        gain, offset = (parts.array(p["columns"], "<f4") for _ in range(2))
        given.append(normalized(rows, header, gain, offset).reshape(wide.shape))
    return tuple(given)


def _real(x: NDArray[Any], zero_point: np.int32) -> NDArray[np.float32]:
    return (x.astype(np.int32) - zero_point).astype(np.float32)


def _given(wide: NDArray[np.int16], p: Any) -> tuple[NDArray[Any], ...]:
    """The 16-bit sum in the type that is asked for."""
    if p["sum_bits"] == 8:
        return (round_into(wide.astype(np.float32) * p["sum_scale"] + np.float32(p["sum_zero"])),)
    return (wide,) if p["sum_bits"] else ()


ADD_NORM = CustomOp(
    name="tflitekit.add_norm",
    summary="the sum of two tensors, and LayerNorm or RMSNorm of its rows",
    rule=OpRule(data=(0, 1), int16=True, mixed=True),
    pack=pack,
    reference=reference,
    match=match,
)
