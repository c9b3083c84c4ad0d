"""Arrays in NumPy's file format, read one row at a time, alone or as members of an `.npz`.

The format is that of the NumPy enhancement proposal 1; `.npz` is a zip archive of such files.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from tflitekit.errors import DataError
from tflitekit.zip_member import data_offset

_SHORT = "it ends early"
_UNREADABLE = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error),
    *(ValueError, NotImplementedError, RuntimeError),
)
# NumPy reads an array's header as Python text, so a damaged one fails as any text can.
_BAD_HEADER = (SyntaxError, TypeError, tokenize.TokenError)


@dataclass(frozen=True)
class ArrayFile:
    """An array somewhere in a file, of which only the header was read.

    Attributes:
        file: the `.npy` or `.npz` file.
        member: the member's name in the archive; None in an `.npy`.
        shape: sizes by axis; the first is the number of samples.
        dtype: the stored type.
        fortran: whether the first axis varies fastest.
        offset: where the values begin, in bytes from the start of the (unpacked) array file.
        compressed: whether the member has to be unpacked.
    """

    file: Path
    member: str | None
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int
    compressed: bool

    def rows(self, indices: Sequence[int]) -> Iterator[NDArray[Any]]:
        """The values at increasing `indices` along the first axis, one at a time."""
        with read_errors(self.file, self.member), ExitStack() as stack:
            if self.fortran:
                yield from self._strided_rows(indices, stack)
            elif self.compressed:
                yield from self._rows_in_passing(indices, stack)
            else:
                yield from self._rows_in_place(indices, stack)

    def read(self) -> NDArray[Any]:
        """All values."""
        with read_errors(self.file, self.member), ExitStack() as stack:
            stream, _, _ = _open(self.file, self.member, stack)
            values: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
            return values

    @property
    def _row_bytes(self) -> int:
        return math.prod(self.shape[1:]) * self.dtype.itemsize

    def _row(self, data: bytes) -> NDArray[Any]:
        if len(data) != self._row_bytes:
            raise EOFError(_SHORT)
        return np.frombuffer(data, self.dtype).reshape(self.shape[1:])

    def _rows_in_place(self, indices: Sequence[int], stack: ExitStack) -> Iterator[NDArray[Any]]:
        file = stack.enter_context(self.file.open("rb"))
        start = self.offset + (0 if self.member is None else _data_offset(self.file, self.member))
        for index in indices:
            file.seek(start + index * self._row_bytes)
            yield self._row(file.read(self._row_bytes))

    def _rows_in_passing(self, indices: Sequence[int], stack: ExitStack) -> Iterator[NDArray[Any]]:
        stream, _, _ = _open(self.file, self.member, stack)
        for index in indices:
            stream.seek(self.offset + index * self._row_bytes)
            yield self._row(stream.read(self._row_bytes))

    def _strided_rows(self, indices: Sequence[int], stack: ExitStack) -> Iterator[NDArray[Any]]:
        """A row is spread over the whole array: map it into memory, unpacked on disk if need be."""
        stream, _, _ = _open(self.file, self.member, stack)
        whole: IO[bytes] = stream
        if self.member is not None:
            whole = stack.enter_context(_unpacked(stream))
        mapped = np.memmap(whole, self.dtype, "r", self.offset, self.shape, "F")
        for index in indices:
            yield np.array(mapped[index])


def npy_array(file: Path) -> ArrayFile:
    """The array of an `.npy` file.

    Raises:
        DataError: it is no such file, or holds objects.
    """
    return _header(file, None)


def npz_arrays(file: Path) -> dict[str, ArrayFile]:
    """The arrays of an `.npz` file by name.

    Raises:
        DataError: it is no such file, or one of its arrays holds objects.
    """
    with read_errors(file), zipfile.ZipFile(file) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
    for info in members:
        if not info.filename.endswith(".npy"):
            raise DataError(f"holds {info.filename!r}, which is no array", where=str(file))
        if info.flag_bits & 1:
            raise DataError(f"{info.filename!r} is encrypted", where=str(file))
    return {info.filename.removesuffix(".npy"): _header(file, info.filename) for info in members}


@contextmanager
def read_errors(file: Path, member: str | None = None) -> Iterator[None]:
    """Turn what reading a damaged file raises into a `DataError` that names it."""
    try:
        yield
    except _UNREADABLE as error:
        where = str(file) if member is None else f"{file}, array {_name(member)!r}"
        raise DataError(
            f"cannot be read ({str(error) or type(error).__name__})",
            where=where,
            hint="Is the file whole, and of the kind that its name says?",
        ) from error


def _header(file: Path, member: str | None) -> ArrayFile:
    with read_errors(file, member), ExitStack() as stack:
        stream, compressed, size = _open(file, member, stack)
        shape, fortran, dtype = _read_header(stream)
        offset = stream.tell()
        if size < offset + math.prod(shape) * dtype.itemsize:
            raise EOFError(_SHORT)
    place = str(file) if member is None else f"{file}, array {_name(member)!r}"
    if dtype.hasobject:
        raise DataError(
            "holds pickled Python objects, which could run code",
            where=place,
            hint="Store plain numbers",
        )
    if not shape:
        raise DataError("is a single number, and needs a first axis of samples", where=place)
    return ArrayFile(file, member, shape, dtype, fortran and len(shape) > 1, offset, compressed)


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether in Fortran order, and type; the stream is left at the values."""
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"format version {version[0]}.{version[1]}")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        shape, fortran, dtype = read(stream)
    except _BAD_HEADER as error:
        raise ValueError("its header is damaged") from error
    if any(type(axis) is not int or axis < 0 for axis in shape):
        raise ValueError(f"its shape is {shape}")
    return shape, fortran, dtype


def _open(file: Path, member: str | None, stack: ExitStack) -> tuple[IO[bytes], bool, int]:
    """A stream at the array file's first byte, whether it is unpacked, and its size in bytes."""
    if member is None:
        return stack.enter_context(file.open("rb")), False, file.stat().st_size
    archive = stack.enter_context(zipfile.ZipFile(file))
    info = archive.getinfo(member)
    compressed = info.compress_type != zipfile.ZIP_STORED
    return stack.enter_context(archive.open(info)), compressed, info.file_size


@contextmanager
def _unpacked(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """A nameless file on disk with all of `stream`."""
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(stream, file)
        file.flush()
        yield file


def _data_offset(file: Path, member: str) -> int:
    with zipfile.ZipFile(file) as archive:
        return data_offset(file, archive.getinfo(member))


def _name(member: str) -> str:
    return member.removesuffix(".npy")
