"""The parameters of a custom op as one constant int8 input: android_bench/kernels/block.h.

A block is a row of parts, each beginning at a multiple of 64 bytes. The first is the kernel's
header: int32 and float32 fields, little-endian.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64


def header(**fields: int | float) -> NDArray[np.uint8]:
    """The fields in the order they are given: an int as int32, a float as float32."""
    kinds = "".join("f" if isinstance(value, float) else "i" for value in fields.values())
    return np.frombuffer(struct.pack(f"<{kinds}", *fields.values()), np.uint8)


def block(*parts: NDArray[Any]) -> NDArray[np.int8]:
    """The parts one after the other, each padded with zeros to a multiple of 64 bytes."""
    padded = [_padded(np.ascontiguousarray(part).view(np.uint8).ravel()) for part in parts]
    return np.concatenate(padded).view(np.int8)


class BlockParts:
    """Takes the parts of a block, one after the other, as the native kernels do."""

    def __init__(self, block: NDArray[np.int8]) -> None:
        self._left = block.tobytes()

    def header(self, kinds: str) -> tuple[Any, ...]:
        """The fields of a header: an "i" for each int, an "f" for each float."""
        return struct.unpack(f"<{kinds}", self._take(4 * len(kinds)))

    def array(self, count: int, dtype: str) -> NDArray[Any]:
        """A part of `count` elements."""
        return np.frombuffer(self._take(count * np.dtype(dtype).itemsize), dtype)

    @property
    def is_left(self) -> bool:
        """Whether there are more parts."""
        return bool(self._left)

    def _take(self, size: int) -> bytes:
        part, padded = self._left[:size], size + -size % ALIGNMENT
        self._left = self._left[padded:]
        return part


def _padded(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.pad(part, (0, -part.size % ALIGNMENT))
