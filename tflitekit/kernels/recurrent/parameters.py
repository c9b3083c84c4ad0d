"""The parameters of an int8 recurrent layer, to a block and back.

android_bench/kernels/recurrent_int8.c reads the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.kernels.block import ALIGNMENT, block
from tflitekit.kernels.recurrent.cells import Kind

INTERVALS = 1024
"""Of the table of an activation function."""

REACH = 16.0
"""It covers [-REACH, REACH]."""

ROW_GROUP, DEPTH_GROUP = 16, 4
"""Rows of weights that lie together, and consecutive elements of each."""

HEADER = np.dtype(
    [
        *((name, "<i4") for name in ("channels", "units")),
        *((name, "<i4", 3) for name in ("window", "stride", "dilation")),
        *((name, "<i4") for name in ("same", "go_backwards", "zero_masked", "reset_after")),
        *((name, "<i4") for name in ("x_zero", "y_zero")),
        *((name, "<i4", 2) for name in ("first_zeros", "last_zeros")),
        ("first_scales", "<f4", 2),
        ("y_steps", "<f4"),
        ("last_steps", "<f4", 2),
        *((name, "<f4") for name in ("h_steps", "activation_scale", "recurrent_activation_scale")),
    ]
)
"""Zero points and scales of what comes in, and of what goes out the zero points and the steps that
1.0 is; `h_steps` are those of the state that products are made with, which has 16 bits."""


@dataclass(frozen=True)
class Product:
    """Weights, and how a row's sum becomes a number: sum * scale + bias.

    Attributes:
        weights: int8 [rows, depth].
        scales, biases: float32 [rows].
    """

    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    biases: NDArray[np.float32]

    @property
    def sums(self) -> NDArray[np.int32]:
        """int32 [rows], of the weights."""
        sums: NDArray[np.int32] = self.weights.sum(axis=1, dtype=np.int32)
        return sums


@dataclass(frozen=True)
class Parameters:
    """All that an int8 recurrent layer needs beside its operands.

    Attributes:
        header: one record of `HEADER`.
        activation, recurrent_activation: int16 [INTERVALS + 1], tables of the functions.
        x: the products with x.
        h: those with the state; two where a GRU resets before that of its candidate, whose it then
            is.
    """

    header: NDArray[Any]
    activation: NDArray[np.int16]
    recurrent_activation: NDArray[np.int16]
    x: Product
    h: Sequence[Product]

    def block(self) -> NDArray[np.int8]:
        """The constant operand."""
        products = [part for product in (self.x, *self.h) for part in _parts(product)]
        return block(self.header, self.activation, self.recurrent_activation, *products)

    @classmethod
    def of(cls, kind: Kind, values: NDArray[np.int8], channels: int, units: int) -> Parameters:
        """The inverse of `block`, for the sizes that the shapes of the other operands tell."""
        reader = _Reader(values.tobytes())
        header = reader.take(1, HEADER)[0]
        tables = [reader.take(INTERVALS + 1, "<i2") for _ in range(2)]
        taps = int(np.prod(header["window"]))
        x = reader.product(kind.gates * units, taps * channels)
        rows = [kind.gates * units]
        if kind.cell == "gru" and not header["reset_after"]:
            rows = [2 * units, units]
        h = [reader.product(count, taps * units) for count in rows]
        return cls(header, tables[0], tables[1], x, h)


class _Reader:
    """Parts of a block, one after the other."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.offset = 0

    def take(self, count: int, dtype: Any) -> NDArray[Any]:
        part = np.frombuffer(self.content, dtype, count, self.offset)
        self.offset += -(-part.nbytes // ALIGNMENT) * ALIGNMENT
        return part

    def product(self, rows: int, depth: int) -> Product:
        groups, columns = -(-rows // ROW_GROUP), -(-depth // DEPTH_GROUP)
        count = groups * ROW_GROUP
        packed = self.take(count * columns * DEPTH_GROUP, np.int8)
        grouped = packed.reshape(groups, columns, ROW_GROUP, DEPTH_GROUP).transpose(0, 2, 1, 3)
        weights = grouped.reshape(count, columns * DEPTH_GROUP)[:rows, :depth]
        self.take(count, "<i4")  # the sums
        scales, biases = (self.take(count, "<f4")[:rows] for _ in range(2))
        return Product(weights, scales, biases)


def _parts(product: Product) -> list[NDArray[Any]]:
    """Weights by groups, and what belongs to their rows; filled up with zeros."""
    rows, depth = product.weights.shape
    more = -rows % ROW_GROUP
    weights = np.pad(product.weights, ((0, more), (0, -depth % DEPTH_GROUP)))
    groups, columns = weights.shape[0] // ROW_GROUP, weights.shape[1] // DEPTH_GROUP
    grouped = weights.reshape(groups, ROW_GROUP, columns, DEPTH_GROUP)
    vectors = (product.sums, product.scales, product.biases)
    return [grouped.transpose(0, 2, 1, 3), *(np.pad(one, (0, more)) for one in vectors)]
