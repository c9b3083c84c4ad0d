"""Parameter blocks of a header, a gain and an offset."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.kernels.block import BlockParts


def unpack(
    parameters: NDArray[np.int8], header: np.dtype[Any], number: str, length: str
) -> tuple[Any, NDArray[Any], NDArray[Any]]:
    """Header, gain and offset.

    Args:
        parameters: header [1], gain and offset, as `block` joins them.
        header: its fields.
        number: the type of gain and offset.
        length: the field that tells how many there are of each.
    """
    parts = BlockParts(parameters)
    fields = parts.array(header.itemsize, "u1").view(header)[0]
    count = int(fields[length])
    return fields, parts.array(count, number), parts.array(count, number)
