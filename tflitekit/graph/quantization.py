"""What the integers of a tensor stand for, as the file says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")


def _empty_floats() -> NDArray[np.float32]:
    return np.empty(0, np.float32)


def _empty_ints() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(eq=False)
class Blockwise(Generic[T]):
    """Scales for blocks of elements, held by other tensors of the subgraph.

    Attributes:
        scales: the tensor with the scales.
        zero_points: the tensor with the zero points; None where they are 0.
        block_size: elements in a block.
        block_shape: sizes of a block by axis, where the file gives them.
    """

    scales: T
    zero_points: T | None
    block_size: int
    block_shape: tuple[int, ...] = ()


@dataclass(eq=False)
class MultiAxis(Generic[T]):
    """Scales along several axes, held by other tensors of the subgraph.

    Attributes:
        scales: the tensor with the scales.
        zero_points: the tensor with the zero points; None where they are 0.
        block_size: elements in a block; 0 where each index has a scale of its own.
        axes: the quantized axes.
    """

    scales: T
    zero_points: T | None
    block_size: int
    axes: tuple[int, ...] = ()


@dataclass(eq=False)
class Quantization(Generic[T]):
    """real = scale * (quantized - zero point).

    Attributes:
        scales: float32, one a tensor or one a channel; empty where the tensor has none.
        zero_points: int64, as many as `scales`, or empty where `scales` is.
        axis: the channel axis where there are several scales.
        minimum: float32, the range seen in training; for information.
        maximum: float32, the range seen in training; for information.
        details: another technique that takes the place of the above; bytes for a custom one.
    """

    scales: NDArray[np.float32] = field(default_factory=_empty_floats)
    zero_points: NDArray[np.int64] = field(default_factory=_empty_ints)
    axis: int = 0
    minimum: NDArray[np.float32] = field(default_factory=_empty_floats)
    maximum: NDArray[np.float32] = field(default_factory=_empty_floats)
    details: Blockwise[T] | MultiAxis[T] | bytes | None = None

    @classmethod
    def affine(cls, scales: ArrayLike, zero_points: ArrayLike, axis: int = 0) -> Quantization[T]:
        """Per-tensor from two numbers, per-channel from two sequences of one length."""
        return cls(
            np.atleast_1d(np.asarray(scales, np.float32)),
            np.atleast_1d(np.asarray(zero_points, np.int64)),
            axis,
        )

    @property
    def per_channel(self) -> bool:
        """Whether each index along `axis` has a scale of its own."""
        return len(self.scales) > 1

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        vectors = (self.scales, self.zero_points, self.minimum, self.maximum)
        return self.details is None and not any(len(vector) for vector in vectors)

    def tensors(self) -> Iterator[T]:
        """The tensors that hold scales and zero points."""
        if isinstance(self.details, Blockwise | MultiAxis):
            yield self.details.scales
            if self.details.zero_points is not None:
                yield self.details.zero_points
