"""The framing of TFRecord files: length, its checksum, content, its checksum.

Checksums are CRC-32C, rotated and offset ("masked"), as TensorFlow's `tf.data` guide
documents the format. A file may be packed by gzip.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from tflitekit.errors import DataError

_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_MASK = 0xA282EAD8


def masked_crc(data: bytes) -> int:
    """The checksum of `data` as the format stores it."""
    import google_crc32c

    crc = int(google_crc32c.value(data))
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


def count_records(file: Path) -> int:
    """The number of records; their contents are passed over.

    Raises:
        DataError: the file cannot be read, ends early, or a length's checksum is wrong.
    """
    return sum(1 for _ in _frames(file, frozenset()))


def read_records(file: Path, indices: Sequence[int] | None) -> Iterator[tuple[int, bytes]]:
    """The numbers and contents of the records with increasing `indices`, or of all.

    Raises:
        DataError: as `count_records`, or a content's checksum is wrong.
    """
    if indices is not None and not indices:
        return
    wanted = None if indices is None else frozenset(indices)
    last = None if indices is None else indices[-1]
    for index, content in enumerate(_frames(file, wanted)):
        if content is not None:
            yield index, content
        if index == last:
            return


class _DamagedError(Exception):
    pass


def _frames(file: Path, wanted: Container[int] | None) -> Iterator[bytes | None]:
    """The contents of the `wanted` records (None: all), and None for each of the others."""
    index = 0
    try:
        with _open(file) as stream:
            while head := stream.read(_LENGTH.size):
                length = _checked_length(head)
                if wanted is None or index in wanted:
                    yield _content(stream, length)
                else:
                    _skip(stream, length)
                    yield None
                index += 1
    except (OSError, EOFError, zlib.error, _DamagedError) as error:
        raise DataError(
            f"cannot be read ({error})",
            where=f"{file}, record {index}",
            hint="Is the file whole, and a TFRecord?",
        ) from error


def _open(file: Path) -> BinaryIO:
    packed = file.suffix.lower() == ".gz"
    return cast(BinaryIO, gzip.open(file) if packed else file.open("rb"))


def _checked_length(head: bytes) -> int:
    if len(head) != _LENGTH.size:
        raise _DamagedError("it ends early")
    length, checksum = _LENGTH.unpack(head)
    if masked_crc(head[:8]) != checksum:
        raise _DamagedError("the checksum of its length is wrong")
    return int(length)


def _content(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if _trailer(stream, short=len(data) != length) != masked_crc(data):
        raise _DamagedError("the checksum of its content is wrong")
    return data


def _skip(stream: BinaryIO, length: int) -> None:
    stream.seek(length, 1)
    _trailer(stream)


def _trailer(stream: BinaryIO, *, short: bool = False) -> int:
    tail = stream.read(_CHECKSUM.size)
    if short or len(tail) != _CHECKSUM.size:
        raise _DamagedError("it ends early")
    return int(_CHECKSUM.unpack(tail)[0])
