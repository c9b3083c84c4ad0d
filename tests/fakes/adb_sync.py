"""The sync service: what `adb push` and `adb pull` of a file speak.

Source of the format: Android's packages/modules/adb/SYNC.TXT.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path

from tests.fakes.adb_packets import Stream

_REQUEST = struct.Struct("<4sI")
_CHUNK = 1 << 16

Accept = Callable[[bytes], bytes]
"""Takes arriving bytes and returns what is written; raises OSError where the storage is full."""


def serve_sync(stream: Stream, locate: Callable[[str], Path], accept: Accept) -> None:
    """Answer requests until the host is done.

    Args:
        stream: the opened service.
        locate: the file behind a path of the device.
        accept: passes or spoils what arrives.
    """
    while True:
        request, size = _REQUEST.unpack(stream.read(_REQUEST.size))
        argument = stream.read(size).decode()
        if request == b"QUIT":
            return
        if request == b"SEND":
            name, _, mode = argument.rpartition(",")
            _take(stream, locate(name), int(mode), accept)
        elif request == b"RECV":
            _give(stream, locate(argument))
        elif request == b"STAT":
            stream.write(_stat(locate(argument)))
        elif request in (b"STA2", b"LST2"):
            stream.write(_stat2(request, locate(argument)))
        else:
            _fail(stream, f"unknown request {request!r}")
            return


def _take(stream: Stream, path: Path, mode: int, accept: Accept) -> None:
    problem = None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        while True:
            kind, size = _REQUEST.unpack(stream.read(_REQUEST.size))
            if kind == b"DONE":
                break
            data = stream.read(size)
            try:
                file.write(accept(data) if problem is None else b"")
            except OSError as error:
                problem = f"write failed: {os.strerror(error.errno or errno.EIO)}"
    if problem:
        path.unlink()
        _fail(stream, problem)
        return
    path.chmod(mode & 0o777)
    stream.write(_REQUEST.pack(b"OKAY", 0))


def _give(stream: Stream, path: Path) -> None:
    if not path.is_file():
        _fail(stream, f"open failed: {os.strerror(errno.ENOENT)}")
        return
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            stream.write(_REQUEST.pack(b"DATA", len(data)) + data)
    stream.write(_REQUEST.pack(b"DONE", 0))


def _stat(path: Path) -> bytes:
    facts = path.lstat() if path.exists() else None
    numbers = (facts.st_mode, facts.st_size, int(facts.st_mtime)) if facts else (0, 0, 0)
    return struct.pack("<4s3I", b"STAT", *numbers)


def _stat2(request: bytes, path: Path) -> bytes:
    if not path.exists():
        return struct.pack("<4sI", request, errno.ENOENT) + bytes(64)
    facts = path.stat()
    return struct.pack(
        "<4sIQQIIIIQqqq",
        request,
        0,
        facts.st_dev,
        facts.st_ino,
        facts.st_mode,
        facts.st_nlink,
        facts.st_uid,
        facts.st_gid,
        facts.st_size,
        int(facts.st_atime),
        int(facts.st_mtime),
        int(facts.st_ctime),
    )


def _fail(stream: Stream, text: str) -> None:
    stream.write(_REQUEST.pack(b"FAIL", len(text)) + text.encode())
