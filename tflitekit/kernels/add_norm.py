"""tflitekit.add_norm: a residual sum and the normalization of its rows, in one pass.

a and b are int8 or int16, and so are the sum and y. The sum is normalized in 16 bits whatever type
it is given in, so that y is as exact as a and b are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import ALIGNMENT, block
from tflitekit.kernels.fused_activation import activation_of
from tflitekit.kernels.layer_norm import match as match_rows
from tflitekit.kernels.normalize.parameters import unpack
from tflitekit.kernels.normalize.rows import HEADER, affine_of, header_of, normalized
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.rule import OpRule

SUM_HEADER = np.dtype(
    [(name, "<i4") for name in ("a_zero", "b_zero", "sum_zero", "sum_bits")]
    + [(name, "<f4") for name in ("a_scale", "b_scale", "sum_scale")]
)
"""As android_bench/kernels/add_norm.c takes it: scales are in steps of the 16-bit sum, and that of
the sum as it is given in its own. `sum_bits` is 0 where the sum is not given."""

MOST = 32767
"""Of the 16-bit sum, either side of 0."""


def match(around: Surroundings, end: Op) -> Region | None:
    """A normalization of rows together with the sum that it is of.

    The outputs are the sum, where others read it too, and the normalized rows.
    """
    region = match_rows(around, end)
    if region is None:
        return None
    (x,) = region.inputs
    add = around.made_by(x, "ADD")
    if x is None or add is None or not _is_residual(add):
        return None
    ops = (add, *region.ops)
    if around.is_only_read_by(x, ops):
        return Region(ops, add.inputs, region.outputs, region.options)
    if not _is_read_behind(around, x, ops, end):
        return None
    return Region(ops, add.inputs, [x, *region.outputs], region.options)


def _is_residual(add: Op) -> bool:
    """Whether an ADD is of two activations of one shape, but for axes of 1 in front."""
    shapes = {_without_ones(tensor.shape) for tensor in (*add.operands, *add.outputs)}
    is_computed = not any(tensor.is_constant for tensor in add.operands)
    return is_computed and len(shapes) == 1 and activation_of(add) == "NONE"


def _without_ones(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(itertools.dropwhile(lambda size: size == 1, shape))


def _is_read_behind(around: Surroundings, x: Tensor, ops: Sequence[Op], end: Op) -> bool:
    """Whether all others read a tensor after `end`, where the custom op will stand."""
    others = [op for op in around.readers(x) if op not in ops]
    return all(around.place(op) > around.place(end) for op in others)


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The header of the sum, then header, gain and offset of the normalization."""
    a, b = inputs
    y = outputs[-1]
    total = outputs[0] if len(outputs) > 1 else None
    if a is None or b is None or y is None:
        raise ValueError("a, b and y are integers")
    step = _step(a, b, total)
    header = np.zeros((), SUM_HEADER)
    header["a_zero"], header["b_zero"] = a.zero_points[0], b.zero_points[0]
    header["a_scale"], header["b_scale"] = a.scales[0] / step, b.scales[0] / step
    if total is not None:
        header["sum_zero"], header["sum_bits"] = total.zero_points[0], np.iinfo(total.dtype).bits
        header["sum_scale"] = step / total.scales[0]
    gain, offset = affine_of((op.options or {})["form"], y)
    return [block(header, header_of(op, step, 0, y), gain, offset)]


def _step(a: QuantParams, b: QuantParams, total: QuantParams | None) -> float:
    """Of the 16-bit sum: as the sum is given, else so that nothing saturates."""
    if total is not None and total.dtype == "int16":
        return total.scales[0]
    return (_reach(a) + _reach(b)) / MOST


def _reach(params: QuantParams) -> float:
    """The greatest magnitude that a tensor can hold."""
    limits, zero_point = np.iinfo(params.dtype), params.zero_points[0]
    return params.scales[0] * max(limits.max - zero_point, zero_point - limits.min)


def reference(
    a: NDArray[Any], b: NDArray[Any], parameters: NDArray[np.int8]
) -> tuple[NDArray[Any], ...]:
    """The sum, if it is given, and y = (sum - mean) * scale * gain + offset.

    Both are of the shape that a and b broadcast to.

    Args:
        a, b: int8 or int16, of one shape but for axes of 1 in front; taken as [rows, columns].
        parameters: of `pack`.
    """
    (p,) = parameters[: SUM_HEADER.itemsize].view(SUM_HEADER)
    header, gain, offset = unpack(parameters[ALIGNMENT:], HEADER, "<f4", "columns")
    terms = _real(a, p["a_zero"]) * p["a_scale"] + _real(b, p["b_zero"]) * p["b_scale"]
    wide = round_into(terms, "int16").clip(-MOST, MOST)
    y = normalized(wide.reshape(-1, header["columns"]).astype(np.int64), header, gain, offset)
    return (*_given(wide, p), y.reshape(wide.shape))


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
