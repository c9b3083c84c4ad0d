"""tflitekit.table: any function of one int8 value, as a table of its 256 results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.kernels.base import CustomOp
from tflitekit.quantize.params import QuantParams


def pack(
    function: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    x: QuantParams,
    y: QuantParams,
) -> NDArray[np.int8]:
    """The table of `function`: int8 [256], entry q + 128 for the quantized input q."""
    steps = np.arange(-128, 128, dtype=np.int8)
    return y.quantize(function(x.dequantize(steps))).astype(np.int8)


def reference(x: NDArray[np.int8], table: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y = table[x + 128], of x's shape."""
    return (table[x.astype(np.int64) + 128],)


TABLE = CustomOp("tflitekit.table", reference)
