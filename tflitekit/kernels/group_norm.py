"""tflitekit.group_norm: elements divided by a root of the variance of those that they belong to.

Any view [blocks, rows, groups, columns] may be normalized over rows and columns, such as GroupNorm
and InstanceNorm with the channels last. Elements are scaled in float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block
from tflitekit.kernels.fused_activation import limits
from tflitekit.kernels.normalize.form import Form
from tflitekit.kernels.normalize.match import match
from tflitekit.kernels.normalize.parameters import unpack
from tflitekit.kernels.rounding import round_into
from tflitekit.quantize.rule import OpRule

HEADER = np.dtype(
    [(name, "<i4") for name in ("rows", "groups", "columns", "period", "zero_point")]
    + [(name, "<i4") for name in ("subtracts_mean", "uses_variance", "low", "high")]
    + [(name, "<f4") for name in ("epsilon", "floor", "after")]
)
"""As android_bench/kernels/group_norm.c takes it."""


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """Header, gain and offset, in steps of x and y."""
    (x,), (y,) = inputs, outputs
    if x is None or y is None:
        raise ValueError("x and y are int8")
    form: Form = (op.options or {})["form"]
    (x_scale,), (y_scale,), (zero_point,) = x.scales, y.scales, y.zero_points
    spread = form.root.of
    header = np.zeros((), HEADER)
    header["rows"], header["groups"] = form.view.rows, form.view.groups
    header["columns"], header["period"] = form.view.columns, form.gain.size
    header["zero_point"] = x.zero_points[0]
    header["low"], header["high"] = limits(op, y)
    header["subtracts_mean"], header["uses_variance"] = form.subtracts_mean, spread.is_variance
    header["epsilon"], header["floor"] = spread.epsilon / x_scale**2, spread.floor / x_scale**2
    header["after"] = form.root.after / x_scale
    gain = (form.gain / y_scale).astype(np.float32)
    offset = (form.offset / y_scale + zero_point).astype(np.float32)
    return [block(header, gain, offset)]


def reference(x: NDArray[Any], parameters: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y = (x - mean) * scale * gain + offset, of x's shape, int8.

    Args:
        x: int8, taken as [blocks, rows, groups, columns].
        parameters: of `pack`.
    """
    header, gain, offset = unpack(parameters, HEADER, "<f4", "period")
    view = x.reshape(-1, header["rows"], header["groups"], header["columns"])
    mean, scale = _statistics(view.astype(np.int64), header)
    centered = (view.astype(np.float32) - mean) * scale
    steps = centered.reshape(-1, header["period"]) * gain + offset
    y = round_into(steps).clip(header["low"], header["high"])
    return (y.astype(np.int8).reshape(x.shape),)


def _statistics(
    view: NDArray[np.int64], header: Any
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What is subtracted from the elements of each group, and what they are multiplied by."""
    count, zero_point = view.shape[1] * view.shape[3], int(header["zero_point"])
    total = view.sum((1, 3), keepdims=True)
    squares = np.square(view).sum((1, 3), keepdims=True)
    exact, n = total.astype(np.float64), np.float64(count)
    if header["uses_variance"]:
        spread = (n * squares.astype(np.float64) - exact * exact) / (n * n)
    else:
        about_zero = squares - 2 * zero_point * total + count * zero_point**2
        spread = about_zero.astype(np.float64) / n
    inside = np.maximum(spread + np.float64(header["epsilon"]), np.float64(header["floor"]))
    root = np.sqrt(inside) + np.float64(header["after"])
    # Elements of a constant group are the mean.
    scale = np.divide(1.0, root, out=np.zeros_like(root), where=root > 0)
    mean = exact / n if header["subtracts_mean"] else np.full_like(exact, zero_point)
    return mean.astype(np.float32), scale.astype(np.float32)


GROUP_NORM = CustomOp(
    name="tflitekit.group_norm",
    summary="GroupNorm, InstanceNorm, and LayerNorm over any axes",
    rule=OpRule(data=(0,)),
    pack=pack,
    reference=reference,
    match=match,
)
