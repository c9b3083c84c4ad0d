"""The tensor types of the schema: code, name, NumPy type and width, in one table."""

from __future__ import annotations

from dataclasses import dataclass

import ml_dtypes
import numpy as np
from numpy.typing import DTypeLike


@dataclass(frozen=True)
class DType:
    """One tensor type.

    Attributes:
        code: its value in the schema's `TensorType`.
        name: a NumPy name where NumPy has the type.
        storage: the NumPy type of one element of `Tensor.data`. Types narrower than a byte are
            unpacked to a whole one; None where an element has no fixed size.
        bits: the width of one element in a buffer; 0 where it is not fixed.
        is_float: whether computing with it is floating-point arithmetic; complex types included.
    """

    code: int
    name: str
    storage: DTypeLike | None
    bits: int
    is_float: bool = False

    @property
    def packed(self) -> bool:
        """Whether several elements share a byte."""
        return 0 < self.bits < 8

    def nbytes(self, count: int) -> int:
        """The size in bytes of `count` elements in a buffer; 0 where it is not fixed."""
        return (count * self.bits + 7) // 8


DTYPES: tuple[DType, ...] = (
    DType(0, "float32", np.float32, 32, is_float=True),
    DType(1, "float16", np.float16, 16, is_float=True),
    DType(2, "int32", np.int32, 32),
    DType(3, "uint8", np.uint8, 8),
    DType(4, "int64", np.int64, 64),
    DType(5, "string", None, 0),
    DType(6, "bool", np.bool_, 8),
    DType(7, "int16", np.int16, 16),
    DType(8, "complex64", np.complex64, 64, is_float=True),
    DType(9, "int8", np.int8, 8),
    DType(10, "float64", np.float64, 64, is_float=True),
    DType(11, "complex128", np.complex128, 128, is_float=True),
    DType(12, "uint64", np.uint64, 64),
    DType(13, "resource", None, 0),
    DType(14, "variant", None, 0),
    DType(15, "uint32", np.uint32, 32),
    DType(16, "uint16", np.uint16, 16),
    DType(17, "int4", np.int8, 4),
    DType(18, "bfloat16", ml_dtypes.bfloat16, 16, is_float=True),
    DType(19, "int2", np.int8, 2),
    DType(20, "uint4", np.uint8, 4),
    DType(21, "float8_e4m3fn", ml_dtypes.float8_e4m3fn, 8, is_float=True),
    DType(22, "float8_e5m2", ml_dtypes.float8_e5m2, 8, is_float=True),
)

BY_CODE: dict[int, DType] = {dtype.code: dtype for dtype in DTYPES}
BY_NAME: dict[str, DType] = {dtype.name: dtype for dtype in DTYPES}


def is_float(name: str) -> bool:
    """Whether the type called `name` is floating-point or complex."""
    return BY_NAME[name].is_float
