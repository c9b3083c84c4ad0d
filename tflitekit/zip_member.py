"""Members of a zip archive that are not compressed, read where they lie.

`zipfile` reads a member anew from its beginning whenever one goes back in it, which HDF5 does at
every step.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

_LOCAL_HEADER = struct.Struct("<4s22xHH")


def data_offset(archive: Path, member: zipfile.ZipInfo) -> int:
    """Where a stored member's bytes begin; its local header's lengths may differ from the index.

    Raises:
        EOFError: the archive ends before.
    """
    with archive.open("rb") as raw:
        raw.seek(member.header_offset)
        header = raw.read(_LOCAL_HEADER.size)
        if len(header) != _LOCAL_HEADER.size:
            raise EOFError("it ends early")
        _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        return raw.tell() + int(name_length) + int(extra_length)


class StoredMember(io.RawIOBase):
    """A stored member as a file that can be read from any place.

    Args:
        archive: the zip file.
        member: one of its entries, of type ZIP_STORED.
    """

    def __init__(self, archive: Path, member: zipfile.ZipInfo) -> None:
        super().__init__()
        self._start = data_offset(archive, member)
        self._size = member.file_size
        self._position = 0
        self._file = archive.open("rb")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        origins = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        self._position = max(0, origins[whence] + offset)
        return self._position

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        left = max(0, self._size - self._position)
        self._file.seek(self._start + self._position)
        count = self._file.readinto(memoryview(buffer)[:left])
        self._position += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
