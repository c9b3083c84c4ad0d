"""What is kept of the values of one input while samples pass: a few numbers, no sample."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DIGEST_BYTES = 16
"""Two of a billion different samples share a hash of this size with a chance below 1e-20."""


class ValueStats:
    """Running statistics of one input.

    Attributes:
        count: samples seen.
        low, high: float64 [C], the least and greatest value by index along the last axis; C is 1
            for an input without axes.
        whole: whether every value so far is a whole number.
        varies: whether two samples differ.
    """

    def __init__(self) -> None:
        self.count = 0
        self.low: NDArray[np.float64] = np.full(1, np.inf)
        self.high: NDArray[np.float64] = np.full(1, -np.inf)
        self.whole = True
        self.varies = False
        self._first = b""

    @property
    def minimum(self) -> float:
        """The least value of all."""
        return float(self.low.min())

    @property
    def maximum(self) -> float:
        """The greatest value of all."""
        return float(self.high.max())

    def see(self, values: NDArray[Any]) -> bytes:
        """Take note of one sample's values.

        Returns:
            Their hash.
        """
        if values.size:
            self.low = np.minimum(self.low, _by_channel(np.minimum, values))
            self.high = np.maximum(self.high, _by_channel(np.maximum, values))
            self.whole = self.whole and bool((values == np.rint(values)).all())
        content = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        digest = hashlib.blake2b(content.data, digest_size=_DIGEST_BYTES).digest()
        self._first = self._first or digest
        self.varies = self.varies or digest != self._first
        self.count += 1
        return digest


def _by_channel(function: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
    """Reduce all axes but the last, in two steps: rows of three channels are slow to walk."""
    channels = values.shape[-1] if values.ndim else 1
    row = channels * (values.shape[-2] if values.ndim > 1 else 1)
    by_row: NDArray[Any] = function.reduce(values.reshape(-1, row), axis=0)
    reduced: NDArray[Any] = function.reduce(by_row.reshape(-1, channels), axis=0)
    return reduced
