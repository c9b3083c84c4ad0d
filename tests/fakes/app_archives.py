"""APKs, AARs and libraries of other builds, made of the LiteRT that is installed."""

from __future__ import annotations

import zipfile
from pathlib import Path

MANIFEST = (
    '<manifest xmlns:android="http://schemas.android.com/apk/res/android"'
    ' package="com.google.ai.edge.litert" android:versionName="2.1.5"/>'
)
_MACHINE = slice(18, 20)
_MACHINES = {"arm64-v8a": 183, "x86_64": 62, "mips": 8}


def archive(path: Path, members: dict[str, Path | bytes | str]) -> Path:
    """A zip file with these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, content in members.items():
            made.writestr(name, content.read_bytes() if isinstance(content, Path) else content)
    return path


def for_machine(source: Path, abi: str) -> bytes:
    """The same file, saying that it was built for another processor."""
    content = bytearray(source.read_bytes())
    content[_MACHINE] = _MACHINES[abi].to_bytes(2, "little")
    return bytes(content)


def for_android(source: Path) -> bytes:
    """The same file, saying that it is linked to Android's C library."""
    content = source.read_bytes()
    assert b"\0libc.so.6\0" in content
    return content.replace(b"\0libc.so.6\0", b"\0libc.so\0\0\0")
