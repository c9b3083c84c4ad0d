"""Our kernels as a folder for an app: library, header, sources and how to use them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tflitekit.abi import Abi
from tflitekit.errors import OutputError
from tflitekit.progress import Progress
from tflitekit.runtime.build import source_root
from tflitekit.runtime.compiler import FLAGS, compile_c

LIBRARY = "libtflitekit_kernels.so"
_HEADER = "tflitekit_kernels.h"
_SOURCES = ("include", "adapters", "kernels")

_ANDROID_FLAGS = (
    *("-shared", "-fPIC", "-fvisibility=hidden", "-s", f"-Wl,-soname,{LIBRARY}"),
    # Android's C library has no bcmp, which compilers make of memcmp.
    "-fno-builtin-bcmp",
    # Some devices have pages of 16 KB.
    "-Wl,-z,max-page-size=16384",
)


def export_kernels(abis: Sequence[Abi], out: Path, progress: Progress) -> list[Path]:
    """Write what an app needs to run our custom ops, all of it or nothing.

    `out` gets `lib/ABI/libtflitekit_kernels.so`, `include/tflitekit_kernels.h`, `src/` with a
    CMakeLists.txt for those who rather compile, and `HOWTO.md`.

    Args:
        abis: what to compile for.
        out: a folder that is not there, or is empty.

    Returns:
        Every file that was written.

    Raises:
        OutputError: `out` is there, or cannot be written.
        RunError: the compiler failed.
    """
    root = source_root()
    with _whole_folder(out) as folder:
        _copy_sources(root, folder / "src")
        shutil.copytree(root / "app", folder, dirs_exist_ok=True)
        (folder / "include").mkdir()
        shutil.copy(root / "include" / _HEADER, folder / "include")
        for abi in abis:
            progress.step(f"Compiling the kernels for {abi.name}")
            target = folder / "lib" / abi.name / LIBRARY
            target.parent.mkdir(parents=True)
            _compile(root, abi, target)
    return sorted(path for path in out.rglob("*") if path.is_file())


def _copy_sources(root: Path, target: Path) -> None:
    for part in _SOURCES:
        shutil.copytree(root / part, target / part, ignore=_but_c)


def _but_c(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith((".c", ".h"))]


def _compile(root: Path, abi: Abi, target: Path) -> None:
    """A library for Android, made without its headers.

    The C library of the target is musl, which is called libc.so as Android's is, has no versions of
    symbols, and has the same 64-bit layouts of what the kernels use: mutexes, conditions and keys.
    Android keeps the mathematical functions in a libm.so, so an empty one is linked besides.
    """
    machine = f"{abi.machine}-linux-musl"
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as scratch:
        libm = Path(scratch) / "libm.so"
        empty = Path(scratch) / "empty.c"
        empty.write_text("")
        stub = ["-target", machine, "-shared", "-nostdlib", "-Wl,-soname,libm.so"]
        compile_c([*stub, str(empty), "-o", str(libm)], "a stand-in for libm.so", abi.name)
        arguments = [
            *("-target", machine, *FLAGS, *_ANDROID_FLAGS),
            *(f"-I{root / part}" for part in _SOURCES),
            *(str(path) for part in _SOURCES for path in sorted((root / part).glob("*.c"))),
            *("-o", str(target), "-Wl,--no-as-needed", str(libm)),
        ]
        compile_c(arguments, "the kernels", abi.name)


@contextmanager
def _whole_folder(target: Path) -> Iterator[Path]:
    """A temporary sibling that becomes `target` when the block ends well."""
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise OutputError("is there already", where=str(target), hint="Name a new folder")
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        part.replace(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _cannot_write(target: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot be written ({error.strerror or error})",
        where=str(target),
        hint="Name a folder in one that is there and that you may write to",
    )
