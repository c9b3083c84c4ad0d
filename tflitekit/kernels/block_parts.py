"""Reads the parts of a block as the native kernels do: see `block.py`."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.kernels.block import ALIGNMENT


class BlockParts:
    """The parts of a block, one after the other."""

    def __init__(self, block: NDArray[np.int8]) -> None:
        self._left = block.tobytes()

    def header(self, kinds: str) -> tuple[Any, ...]:
        """The fields of a header: an "i" for each int, an "f" for each float."""
        return struct.unpack(f"<{kinds}", self._take(4 * len(kinds)))

    def array(self, count: int, dtype: str) -> NDArray[Any]:
        """A part of `count` elements."""
        return np.frombuffer(self._take(count * np.dtype(dtype).itemsize), dtype)

    def _take(self, size: int) -> bytes:
        part, padded = self._left[:size], size + -size % ALIGNMENT
        self._left = self._left[padded:]
        return part
