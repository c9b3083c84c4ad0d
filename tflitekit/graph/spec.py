"""What the world outside a graph sees of one of its inputs or outputs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TensorSpec:
    """An input or output of a signature.

    Attributes:
        name: the name in the signature.
        shape: sizes by axis; -1 where a size is not fixed.
        dtype: a NumPy type name, or "string".
        scale: the quantization step; None where the tensor is not quantized.
        zero_point: the integer that stands for 0.0; None where `scale` is.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None = None
    zero_point: int | None = None
