"""An app's own LiteRT library, out of a bare file, an AAR or an APK."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from tflitekit import files
from tflitekit.abi import Abi
from tflitekit.errors import UsageError
from tflitekit.runtime.elf import Libc, read_elf
from tflitekit.runtime.litert import LIBRARY, VERSION
from tflitekit.runtime.locks import exclusive

_MEMBER = re.compile(r"(?:[^/]+/)?(?:lib|jni)/(?P<abi>[^/]+)/(?P<name>[^/]+\.so)")
"""`lib/ABI/` in an APK, `jni/ABI/` in an AAR, and `base/lib/ABI/` in an app bundle."""

_BESIDE = re.compile(r"libLiteRt.*\.so|libc\+\+_shared\.so")
"""What LiteRT loads or needs beside it: accelerators, and the C++ library."""

_MOST_BYTES = 1 << 30
_VERSION_NAME = "{http://schemas.android.com/apk/res/android}versionName"


@dataclass(frozen=True)
class Runtime:
    """A LiteRT library for one ABI.

    Attributes:
        library: the file.
        beside: other libraries that go with it, by file name.
        source: the file that it is from, as the user named it; empty for the tested one.
        sha256: of the library.
        version: where it can be told; None otherwise.
        libc: the C library that it is linked to.
        tested: whether its hash is that of the library that the toolkit was tested with.
    """

    library: Path
    beside: dict[str, Path]
    source: str
    sha256: str
    version: str | None
    libc: Libc
    tested: bool


def open_runtime(file: Path, abi: Abi) -> Runtime:
    """The library for an ABI in a file of the user's.

    Raises:
        UsageError: there is no such file, it has no LiteRT library for this ABI, or what it has was
            built for another.
    """
    check_runtime(file)
    folder, version = (_unpacked(file, abi)) if zipfile.is_zipfile(file) else (None, None)
    library = file if folder is None else folder / LIBRARY
    elf = read_elf(library)
    if elf.abi != abi.name:
        raise UsageError(
            f"has a library that is built for {elf.abi}; the device takes {abi.name}",
            where=f"--runtime {file}",
        )
    digest = files.sha256_file(library)
    tested = digest == abi.library_sha256
    beside = {} if folder is None else {one.name: one for one in folder.iterdir()}
    beside.pop(LIBRARY, None)
    return Runtime(
        library=library,
        beside=dict(sorted(beside.items())),
        source=str(file),
        sha256=digest,
        version=VERSION if tested else version,
        libc=elf.libc,
        tested=tested,
    )


def check_runtime(file: Path) -> None:
    """Refuse what cannot be a LiteRT library, before a device is asked.

    Raises:
        UsageError: there is no such file, or nothing in it is a LiteRT library.
    """
    where = f"--runtime {file}"
    try:
        is_archive = zipfile.is_zipfile(file)
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=where) from error
    if not is_archive:
        read_elf(file)
    elif not _members(file):
        raise UsageError(
            f"has no lib/ABI/{LIBRARY} and no jni/ABI/{LIBRARY}",
            where=where,
            hint="Give an APK or AAR that LiteRT is in, or the library itself",
        )


def _members(archive: Path) -> dict[str, list[zipfile.ZipInfo]]:
    """What an archive has for each ABI that it has LiteRT for: LiteRT and what goes with it."""
    found: dict[str, list[zipfile.ZipInfo]] = {}
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise UsageError(f"is a damaged archive ({error})", where=str(archive)) from error
    for entry in entries:
        match = _MEMBER.fullmatch(entry.filename)
        if match is not None and _BESIDE.fullmatch(match["name"]):
            found.setdefault(match["abi"], []).append(entry)
    return {
        abi: some
        for abi, some in found.items()
        if any(PurePosixPath(one.filename).name == LIBRARY for one in some)
    }


def _unpacked(archive: Path, abi: Abi) -> tuple[Path, str | None]:
    """A folder with the libraries for an ABI, kept by the archive's content; and the version."""
    members = _members(archive)
    if abi.name not in members:
        raise UsageError(
            f"has no {LIBRARY} for {abi.name}, only for {', '.join(sorted(members))}",
            where=f"--runtime {archive}",
        )
    folder = files.cache_root() / "runtimes" / files.sha256_file(archive) / abi.name
    try:
        with zipfile.ZipFile(archive) as opened, exclusive(folder.parent / f"{abi.name}.lock"):
            folder.mkdir(exist_ok=True)
            for member in members[abi.name]:
                target = folder / PurePosixPath(member.filename).name
                if not target.is_file():
                    files.write_whole(target, _content(opened, member, archive))
            return folder, _version(opened)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"is a damaged archive ({error})", where=str(archive)) from error


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> bytes:
    if member.file_size > _MOST_BYTES:
        raise UsageError(f"{member.filename} is too large for a library", where=str(path))
    return archive.read(member)


def _version(archive: zipfile.ZipFile) -> str | None:
    """What an AAR's manifest calls its version; an APK's is binary, and of the app."""
    try:
        root = ElementTree.fromstring(archive.read("AndroidManifest.xml"))
    except (KeyError, ElementTree.ParseError):
        return None
    return root.get(_VERSION_NAME)


def tested_runtime(library: Path, abi: Abi) -> Runtime:
    """The library that the toolkit was tested with, and the drivers that lie beside it."""
    drivers = {one.name: one for one in sorted(library.parent.glob("libLiteRt?*.so"))}
    return Runtime(library, drivers, "", abi.library_sha256, VERSION, "glibc", tested=True)
