"""Keep equal constants once."""

from __future__ import annotations

import numpy as np

from tflitekit.graph.model import Model
from tflitekit.graph.storage import Buffer

_START = 256


def share_equal_constants(model: Model) -> int:
    """Let tensors whose constants are the same bytes share one buffer, whatever their types.

    Returns:
        How many tensors got another one's buffer.
    """
    known: dict[tuple[int, bytes], list[Buffer]] = {}
    changes = 0
    for tensor in (tensor for graph in model.subgraphs for tensor in graph.tensors):
        if tensor.buffer is None or tensor.is_variable:
            continue
        # Most constants differ early: gigabytes need not be read to tell.
        start = tensor.buffer.data.size, tensor.buffer.data[:_START].tobytes()
        alike = known.setdefault(start, [])
        first = next((one for one in alike if _equal(one, tensor.buffer)), None)
        if first is None:
            alike.append(tensor.buffer)
        elif first is not tensor.buffer:
            tensor.buffer = first
            changes += 1
    return changes


def _equal(one: Buffer, other: Buffer) -> bool:
    return one is other or np.array_equal(one.data, other.data)
