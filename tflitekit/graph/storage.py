"""The parts of a model file that stand apart from the graph: bytes, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(eq=False)
class Buffer:
    """Bytes that the file holds once, for every tensor or metadata that shares this object.

    Attributes:
        data: uint8, one axis; usually a read-only view of the file.
    """

    data: NDArray[np.uint8]

    def __repr__(self) -> str:
        return f"Buffer({self.data.size} bytes)"


@dataclass(frozen=True)
class ExternalBuffer:
    """A constant in another file.

    Attributes:
        id: how tensors name it in the file.
        group: the position in `Model.external_groups` of the file it lies in.
        offset: its first byte.
        length: its size in bytes.
        packing: how its elements are packed, in the schema's words.
    """

    id: int
    group: int
    offset: int
    length: int
    packing: str = ""


@dataclass(eq=False)
class Metadata:
    """A named piece of data beside the graph."""

    name: str
    buffer: Buffer | None = None

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return b"" if self.buffer is None else self.buffer.data.tobytes()


@dataclass(frozen=True)
class VariantSubtype:
    """The type of the tensors inside a variant tensor."""

    shape: tuple[int, ...]
    dtype: str
    has_rank: bool = False


@dataclass(frozen=True, eq=False)
class SparseDimension:
    """One dimension of a sparse constant.

    Attributes:
        format: 0 for a dense dimension, 1 for compressed sparse rows.
        dense_size: the size of a dense dimension.
        segments: where each row of a sparse dimension begins; uint8, uint16 or int32.
        indices: where the values of a sparse dimension lie; uint8, uint16 or int32.
    """

    format: int
    dense_size: int
    segments: NDArray[np.integer] | None
    indices: NDArray[np.integer] | None


@dataclass(frozen=True, eq=False)
class Sparsity:
    """How a sparse constant is laid out, in the schema's words."""

    traversal_order: tuple[int, ...]
    block_map: tuple[int, ...]
    dimensions: tuple[SparseDimension, ...]
