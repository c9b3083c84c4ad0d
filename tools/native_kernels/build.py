"""Compiles the native kernels for each way to call them; keeps a build under what went into it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tflitekit import files
from tflitekit.abi import host_abi
from tflitekit.runtime import build as runner
from tflitekit.runtime.build import LIBRARIES
from tflitekit.runtime.compiler import FLAGS
from tflitekit.runtime.locks import exclusive

_HERE = Path(__file__).resolve().parent
_TIMEOUT_S = 600
_ZIG = (sys.executable, "-m", "ziglang", "cc")
_SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@dataclass(frozen=True)
class Build:
    """A compiler's command for the kernels.

    Attributes:
        name: of the file that it makes.
        command: the compiler and its flags, without sources, output and libraries.
        has_driver: whether it is a program that answers requests, or else a library.
    """

    name: str
    command: tuple[str, ...]
    has_driver: bool = True


def library() -> Build:
    """For this machine, as the runner is compiled."""
    command = (*_ZIG, "-target", host_abi().zig_target, *FLAGS, "-shared", "-fPIC")
    return Build("libkernels.so", command, has_driver=False)


def emulated() -> Build:
    """For arm64, as the runner is compiled but for the C library, which is linked in."""
    return Build("kernels_arm64", (*_ZIG, "-target", "aarch64-linux-musl", *FLAGS, "-static"))


def sanitized() -> Build:
    """For this machine, with AddressSanitizer and UndefinedBehaviorSanitizer."""
    # Warnings are for the compiler that everybody's build has.
    dropped = ("-O3", "-g0", "-fno-sanitize=undefined", "-Wall", "-Wextra", "-Werror")
    kept = (flag for flag in FLAGS if flag not in dropped)
    command = ("gcc", *kept, "-O1", "-g", "-w", "-fno-omit-frame-pointer", *_SANITIZERS)
    return Build("kernels_sanitized", command)


def make(build: Build) -> Path:
    """The compiled file, made unless the cache has it."""
    sources, folders = _sources(build)
    identity = _identity(build, folders)
    target = files.cache_root() / "native_kernels" / identity / build.name
    if target.is_file():
        return target
    with exclusive(target.parent / "lock"):
        if not target.is_file():
            _compile(build, sources, folders, target)
    return target


def _sources(build: Build) -> tuple[list[Path], list[Path]]:
    root = runner.source_root()
    folders = [root / "include", root / "kernels"]
    if build.has_driver:
        folders.append(_HERE)
    return sorted(path for folder in folders for path in folder.glob("*.c")), folders


def _identity(build: Build, folders: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for word in (*build.command, metadata.version("ziglang")):
        digest.update(f"{word}\0".encode())
    for path in sorted(path for folder in folders for path in folder.glob("*.[ch]")):
        digest.update(f"{path.name}\0{files.sha256_file(path)}\0".encode())
    return digest.hexdigest()[:16]


def _compile(build: Build, sources: list[Path], folders: list[Path], target: Path) -> None:
    cache = str(files.cache_root() / "zig")
    environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    with files.whole_file(target) as part:
        command = [
            *build.command,
            *(f"-I{folder}" for folder in folders),
            *map(str, sources),
            *("-o", str(part), *LIBRARIES),
        ]
        subprocess.run(command, check=True, env=environment, timeout=_TIMEOUT_S)
    target.chmod(0o755)
