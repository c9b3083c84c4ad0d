"""Buffers whose elements are not whole bytes: 2- and 4-bit integers, and strings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.dtypes import BY_NAME, DType

Bytes = NDArray[np.uint8]
Array = NDArray[np.generic]


def decode(raw: Bytes, dtype: str, shape: Sequence[int]) -> Array:
    """The elements that `raw` holds.

    Args:
        raw: the bytes of a buffer.
        dtype: a name of `dtypes.DTYPES`.
        shape: the sizes by axis.

    Returns:
        An array of `shape`: a read-only view of `raw` where an element is whole bytes, a new
        array of int8 or uint8 for the narrower integers, and of `bytes` objects for strings.

    Raises:
        ValueError: `raw` is too short or too long, or its type has no elements.
    """
    kind = BY_NAME[dtype]
    if kind.name == "string":
        return np.array(unpack_strings(raw), dtype=object).reshape(shape)
    if kind.storage is None:
        raise ValueError(f"a {dtype} tensor has no elements to read")
    if kind.packed:
        return unpack_bits(raw, kind, math.prod(shape)).reshape(shape)
    view = raw.view(kind.storage).reshape(shape)
    view.flags.writeable = False
    return view


def encode(values: Array, dtype: str) -> Bytes:
    """The bytes of a buffer that holds `values`: the inverse of `decode`."""
    kind = BY_NAME[dtype]
    if kind.name == "string":
        return pack_strings([bytes(text) for text in values.reshape(-1).tolist()])
    if kind.storage is None:
        raise ValueError(f"a {dtype} tensor has no elements to write")
    flat = np.ascontiguousarray(values, kind.storage).reshape(-1)
    return pack_bits(flat, kind) if kind.packed else flat.view(np.uint8)


def unpack_bits(raw: Bytes, dtype: DType, count: int) -> Array:
    """`count` elements of 2 or 4 bits, the first in the lowest bits of the first byte."""
    if dtype.nbytes(count) != raw.size:
        raise ValueError(f"{raw.size} bytes do not hold {count} elements of {dtype.name}")
    shifts = np.arange(0, 8, dtype.bits, dtype=np.uint8)
    fields = (raw[:, None] >> shifts) & ((1 << dtype.bits) - 1)
    flat = fields.reshape(-1)[:count].astype(np.uint8)
    if np.dtype(dtype.storage).kind == "u":
        return flat
    spare = 8 - dtype.bits
    return (flat << spare).view(np.int8) >> spare


def pack_bits(flat: Array, dtype: DType) -> Bytes:
    """The inverse of `unpack_bits`; the unused bits of the last byte are 0."""
    per_byte = 8 // dtype.bits
    padded = np.zeros(dtype.nbytes(flat.size) * per_byte, np.uint8)
    padded[: flat.size] = flat.view(np.uint8) & ((1 << dtype.bits) - 1)
    shifts = np.arange(0, 8, dtype.bits, dtype=np.uint8)
    packed: Bytes = np.bitwise_or.reduce(padded.reshape(-1, per_byte) << shifts, axis=1)
    return packed


def unpack_strings(raw: Bytes) -> list[bytes]:
    """The strings of a string tensor.

    The layout is a count, one offset a string and one past the last, all int32, then the bytes.

    Raises:
        ValueError: the offsets do not fit the buffer.
    """
    if raw.size < 4:
        raise ValueError("a string tensor needs a count")
    count = int(raw[:4].view("<i4")[0])
    start = 4 * (count + 2)
    if count < 0 or start > raw.size:
        raise ValueError(f"{raw.size} bytes do not hold {count} strings")
    offsets = raw[4:start].view("<i4").astype(np.int64)
    if offsets[0] < start or offsets[-1] > raw.size or np.any(np.diff(offsets) < 0):
        raise ValueError("the offsets of a string tensor do not fit its buffer")
    text = raw.tobytes()
    return [text[begin:end] for begin, end in itertools.pairwise(offsets)]


def pack_strings(strings: Sequence[bytes]) -> Bytes:
    """The inverse of `unpack_strings`."""
    lengths = np.array([0, *(len(text) for text in strings)], np.int64)
    offsets = 4 * (len(strings) + 2) + np.cumsum(lengths)
    header = np.concatenate([[len(strings)], offsets]).astype("<i4")
    return np.frombuffer(header.tobytes() + b"".join(strings), np.uint8)
