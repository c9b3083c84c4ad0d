"""The bytes of a model file, with every constant where LiteRT can use it in place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.storage import Buffer
from tflitekit.graph.unpack import IDENTIFIER

ALIGNMENT = 64
"""LiteRT refuses host memory that is aligned less ("Unaligned host memory pointer")."""

_MIN_MOVED_OPTIONS = 2**16
_PLACEHOLDER = 2


class AlignedBuffer:
    """A `Buffer` table of the schema that puts its bytes at a multiple of `ALIGNMENT`."""

    def __init__(self, buffer: Buffer) -> None:
        self.data: NDArray[np.uint8] = np.ascontiguousarray(buffer.data)

    def Pack(self, builder: Any) -> int:
        from ai_edge_litert import schema_py_generated as schema

        size = self.data.size
        builder.StartVector(1, size, ALIGNMENT)
        builder.head -= size
        # A slice of a bytearray would make a copy of what is assigned to it.
        memoryview(builder.Bytes)[builder.head : builder.head + size] = self.data.data
        data = builder.EndVector()
        schema.BufferStart(builder)
        schema.BufferAddData(builder, data)
        table: int = schema.BufferEnd(builder)
        return table


def flatbuffer(model: Any, room: int) -> memoryview:
    """The file of a `ModelT`, all of it one flatbuffer.

    Args:
        model: what to write.
        room: bytes that it will hardly exceed; where it does, memory is doubled and copied.
    """
    builder = _sharing_builder(room)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return memoryview(builder.Bytes)[builder.Head() :]


def _sharing_builder(room: int) -> Any:
    """A builder that writes equal number vectors once.

    The scales of weights and the zero points of every per-channel tensor are some tenth of a
    small convolutional model, and most of them are equal.
    """
    from flatbuffers import Builder

    class Sharing(Builder):  # type: ignore[misc]
        def __init__(self, size: int) -> None:
            super().__init__(size)
            self.written: dict[tuple[str, bytes], int] = {}

        def CreateNumpyVector(self, x: Any) -> int:
            key = (x.dtype.str, x.tobytes())
            if key not in self.written:
                self.written[key] = super().CreateNumpyVector(x)
            return self.written[key]

    return Sharing(room)


def external_file(model: Any, room: int) -> memoryview:
    """The file of a `ModelT` whose constants and large custom options follow the flatbuffer.

    Args:
        model: what to write; it is changed.
        room: as `flatbuffer`, for the graph alone.
    """
    pieces = [*_move_buffers(model), *_move_options(model)]
    # The fields that tell a place have a fixed width: the size is known before the places.
    end = len(flatbuffer(model, room))
    for table, field, data in pieces:
        end = _aligned(end)
        setattr(table, field, end)
        end += len(data)
    content = bytearray(flatbuffer(model, room))
    for table, field, data in pieces:
        content += bytes(getattr(table, field) - len(content))
        content += data
    return memoryview(content)


def _move_buffers(model: Any) -> list[tuple[Any, str, memoryview]]:
    from ai_edge_litert import schema_py_generated as schema

    pieces = []
    for index, buffer in enumerate(model.buffers):
        if isinstance(buffer, AlignedBuffer) and buffer.data.size:
            table = schema.BufferT(offset=_PLACEHOLDER, size=buffer.data.size)
            model.buffers[index] = table
            pieces.append((table, "offset", buffer.data.data))
    return pieces


def _move_options(model: Any) -> list[tuple[Any, str, memoryview]]:
    pieces = []
    for op in (op for subgraph in model.subgraphs for op in subgraph.operators):
        options = op.customOptions
        if options is not None and options.size >= _MIN_MOVED_OPTIONS:
            op.customOptions, op.largeCustomOptionsSize = None, options.size
            op.largeCustomOptionsOffset = _PLACEHOLDER
            pieces.append((op, "largeCustomOptionsOffset", options.data))
    return pieces


def _aligned(position: int) -> int:
    return -(-position // ALIGNMENT) * ALIGNMENT
