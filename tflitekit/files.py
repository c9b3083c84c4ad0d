"""Files that appear whole or not at all, their hashes, and where the cache is."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tflitekit.errors import OutputError

_CHUNK = 1 << 20


def sha256_bytes(data: bytes | bytearray | memoryview) -> str:
    """SHA-256 of `data`, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's contents, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def sha256_tree(path: Path) -> str:
    """SHA-256 of a file, or of a folder's relative names and contents in sorted order."""
    if path.is_file():
        return sha256_file(path)
    digest = hashlib.sha256()
    for file in sorted(entry for entry in path.rglob("*") if entry.is_file()):
        digest.update(f"{file.relative_to(path).as_posix()}\0{sha256_file(file)}\n".encode())
    return digest.hexdigest()


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A temporary sibling of `target` that replaces it when the block ends well.

    Raises:
        OutputError: the folder is missing or not writable, or the disk is full.
    """
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.", suffix=".part", dir=target.parent
        )
        os.close(handle)
    except OSError as error:
        raise _output_error(target, error) from error
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        part.replace(target)
    except OSError as error:
        if error.filename is None or Path(str(error.filename)) in (part, target):
            raise _output_error(target, error) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def write_whole(target: Path, data: bytes | memoryview) -> None:
    """Write `data` to `target`, or leave what was there before.

    Raises:
        OutputError: as `whole_file`.
    """
    with whole_file(target) as part:
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _output_error(target, error) from error


def write_all(contents: Mapping[Path, bytes | Path]) -> None:
    """Write several files, or none where one cannot be written.

    Args:
        contents: by target, its bytes or a file to copy.

    Raises:
        OutputError: as `whole_file`.
    """
    with ExitStack() as stack:
        for target, data in contents.items():
            part = stack.enter_context(whole_file(target))
            if isinstance(data, Path):
                _copy_whole(data, part)
            else:
                write_whole(part, data)


def _copy_whole(source: Path, target: Path) -> None:
    with source.open("rb") as given, whole_file(target) as part, part.open("wb") as file:
        try:
            shutil.copyfileobj(given, file, _CHUNK)
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise _output_error(target, error) from error


def check_writable(
    target: Path, *, sources: Iterable[Path] = (), others: Iterable[Path] = ()
) -> None:
    """Find out before hours of work that `target` cannot be written, or must not be.

    Args:
        target: what is to be written.
        sources: what the user gave.
        others: what is to be written besides.

    Raises:
        OutputError: as `whole_file`, or `target` is one of `sources` or `others`.
    """
    if _is_one_of(target, sources):
        raise OutputError("would overwrite its own source", where=str(target), hint="Name another")
    if _is_one_of(target, others):
        raise OutputError("is named for two outputs", where=str(target), hint="Name another")
    try:
        if target.is_dir():
            raise OutputError(
                "is a folder, a file name is needed", where=str(target), hint="Name a file in it"
            )
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as error:
        raise _output_error(target, error) from error


def cache_root() -> Path:
    """The folder for what can be made again: runners, runtime libraries, locks.

    `TFLITEKIT_CACHE`, else `tflitekit` under `XDG_CACHE_HOME` or `~/.cache`.
    """
    named = os.environ.get("TFLITEKIT_CACHE")
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(named) if named else (Path(base) if base else Path.home() / ".cache") / "tflitekit"
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the cache folder cannot be made ({error.strerror})",
            where=str(root),
            hint="Name a writable one in TFLITEKIT_CACHE",
        ) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise OutputError(
            "the cache folder cannot be written to",
            where=str(root),
            hint="Name a writable one in TFLITEKIT_CACHE",
        )
    return root


def _is_one_of(target: Path, others: Iterable[Path]) -> bool:
    return os.path.realpath(target) in map(os.path.realpath, others)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _output_error(target: Path, error: OSError) -> OutputError:
    hints = {
        errno.ENOSPC: "Free some space, or write to another disk",
        errno.ENOENT: "Make the folder first",
        errno.ENOTDIR: "Make the folder first",
    }
    return OutputError(
        f"cannot be written ({error.strerror or error})",
        where=str(target),
        hint=hints.get(error.errno or 0, "Name a file in a folder that you may write to"),
    )
