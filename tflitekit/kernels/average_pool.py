"""tflitekit.average_pool: the mean of windows of an image, with scales of its own.

LiteRT's int8 AVERAGE_POOL_2D takes 13 times as long as in float.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op
from tflitekit.graph.region import Region, Surroundings, body_ops
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.block import block, header
from tflitekit.kernels.fixed_point import (
    ONE,
    Units,
    exponent_below,
    output_steps,
    saturated,
    times,
)
from tflitekit.kernels.fused_activation import BOUNDS, activation_of, limits
from tflitekit.quantize.rule import OpRule


@dataclass(frozen=True)
class Windows:
    """Where the windows lie along one axis.

    Attributes:
        length: of a window.
        stride: from one window to the next.
        before: how much of the first lies before the image.
        size: of the image.
        count: how many there are.
    """

    length: int
    stride: int
    before: int
    size: int
    count: int

    @staticmethod
    def of(length: int, stride: int, size: int, count: int, padding: str) -> Windows:
        """As TensorFlow places them for a padding of "SAME" or "VALID"."""
        outside = max((count - 1) * stride + length - size, 0) if padding == "SAME" else 0
        return Windows(length, stride, outside // 2, size, count)

    def span(self, index: int) -> tuple[int, int]:
        """Where a window's part inside the image begins and ends."""
        first = index * self.stride - self.before
        return max(first, 0), min(first + self.length, self.size)

    def lengths(self) -> NDArray[np.int64]:
        """How much of each window is inside the image."""
        spans = [self.span(index) for index in range(self.count)]
        return np.array([end - begin for begin, end in spans], np.int64)


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The factors, int16 [output height, output width]: what the aligned sum over each window is
    multiplied with, times 2**15; and one block of one part, the header."""
    (x, *_), (y,) = inputs, outputs
    if x is None or y is None:
        raise ValueError("x and y are int8")
    rows, columns = windows(op)
    (inner,) = body_ops(op)
    low, high = limits(inner, y)
    ratio = x.scales[0] / y.scales[0]
    counts = np.outer(rows.lengths(), columns.lengths())
    most = int(counts.max(initial=1))
    align = _alignment(most)
    exponent = exponent_below(int(counts.min(initial=most)) * 2.0**align / ratio)
    units = Units.of(exponent)
    factors = np.minimum(np.rint(ONE * ratio * 2.0 ** (exponent - align) / counts), ONE - 1)
    fields = header(
        height=rows.length, width=columns.length, stride_y=rows.stride, stride_x=columns.stride,
        top=rows.before, left=columns.before, align=align, doublings=units.doublings,
        bias=units.bias(y.zero_points[0] - x.zero_points[0] * ratio), shift=units.shift,
        low=low, high=high,
    )  # fmt: skip
    return [factors.astype(np.int16), block(fields)]


def _alignment(count: int) -> int:
    """How far the sum of so many int8 can be shifted to the left and stay an int16; negative where
    it has to be shifted to the right."""
    return 8 - count.bit_length()


def windows(op: Op) -> tuple[Windows, Windows]:
    """The windows of an AVERAGE_POOL_2D, along height and width."""
    (inner,) = body_ops(op)
    (x, *_), (y,) = op.operands, op.outputs
    options, padding = inner.options or {}, str((inner.options or {}).get("padding"))
    rows, columns = (
        Windows.of(options[f"filter_{name}"], options[f"stride_{letter}"], size, count, padding)
        for name, letter, size, count in (
            ("height", "h", x.shape[1], y.shape[1]),
            ("width", "w", x.shape[2], y.shape[2]),
        )
    )
    return rows, columns


def reference(
    x: NDArray[np.int8], factors: NDArray[np.int16], packed: NDArray[np.int8]
) -> tuple[NDArray[Any]]:
    """y [n, output height, output width, channels] of x [n, height, width, channels]."""
    (
        height, width, stride_y, stride_x, top, left, align, doublings, bias, shift, low, high,
    ) = packed.view(np.int32)[:12].tolist()  # fmt: skip
    rows = Windows(height, stride_y, top, x.shape[1], factors.shape[0])
    columns = Windows(width, stride_x, left, x.shape[2], factors.shape[1])
    y = np.empty((x.shape[0], *factors.shape, x.shape[3]), np.int8)
    for row, column in np.ndindex(*factors.shape):
        window = x[:, slice(*rows.span(row)), slice(*columns.span(column))]
        total = aligned(window.astype(np.int64).sum(axis=(1, 2)), align)
        units = times(total, int(factors[row, column]))
        y[:, row, column] = np.clip(output_steps(units, doublings, bias, shift), low, high)
    return (y,)


def aligned(total: NDArray[np.int64], align: int) -> NDArray[np.int64]:
    """Sums times 2**align, as int16: rounded, halves up."""
    if align >= 0:
        return total << align
    return saturated((total + (1 << -align >> 1)) >> -align)


def match(around: Surroundings, end: Op) -> Region | None:
    """An AVERAGE_POOL_2D of float32 with fixed sizes."""
    if end.custom or end.name != "AVERAGE_POOL_2D" or activation_of(end) not in BOUNDS:
        return None
    (x,), (y,) = end.operands, end.outputs
    if y.dtype != "float32" or not (x.is_static and y.is_static):
        return None
    return Region((end,), (x,), (y,))


AVERAGE_POOL = CustomOp(
    name="tflitekit.average_pool",
    summary="the mean of windows of an image",
    rule=OpRule(data=(0,)),
    pack=pack,
    reference=reference,
    match=match,
)
