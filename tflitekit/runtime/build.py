"""Compile the runner for an ABI with the cross-compiler that pip installs.

The result is kept under the hash of everything that went into it, so that a change of source,
flags or compiler makes a new file and nothing is ever stale.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

from tflitekit import files
from tflitekit.abi import Abi
from tflitekit.errors import RunError
from tflitekit.progress import Progress
from tflitekit.runtime.compiler import FLAGS, compile_c
from tflitekit.runtime.locks import exclusive

LIBRARIES = ("-ldl", "-lpthread", "-lm")


def source_root() -> Path:
    """The folder `android_bench`: inside an installed package, beside it in a checkout.

    Raises:
        RunError: neither is there.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "android_bench", package.parent / "android_bench"):
        if (folder / "src" / "main.c").is_file():
            return folder
    raise RunError(
        "the runner's source android_bench is missing",
        where=str(package),
        hint="Reinstall tflitekit",
    )


def build_id(abi: Abi) -> str:
    """16 hexadecimal digits that stand for sources, flags, target and compiler version."""
    root = source_root()
    digest = hashlib.sha256()
    for part in (abi.zig_target, *FLAGS, *LIBRARIES, metadata.version("ziglang")):
        digest.update(f"{part}\0".encode())
    for path in _sources(root, "*.[ch]"):
        digest.update(f"{path.relative_to(root)}\0{files.sha256_file(path)}\0".encode())
    return digest.hexdigest()[:16]


def build_runner(abi: Abi, progress: Progress) -> Path:
    """The runner for `abi`, compiled unless the cache has it.

    Raises:
        RunError: the compiler is missing or refuses the source.
    """
    identity = build_id(abi)
    target = files.cache_root() / "runner" / abi.name / identity / "runner"
    if target.is_file():
        return target
    with exclusive(target.parent / "lock"):
        if not target.is_file():
            progress.step(f"Compiling the runner for {abi.name}")
            _compile(abi, identity, target)
    return target


def _compile(abi: Abi, identity: str, target: Path) -> None:
    root = source_root()
    with files.whole_file(target) as part:
        arguments = [
            *("-target", abi.zig_target, *FLAGS, f'-DRUNNER_BUILD_ID="{identity}"'),
            *(f"-I{root / folder}" for folder in ("include", "src", "adapters", "kernels")),
            *map(str, _sources(root, "*.c")),
            *("-o", str(part), *LIBRARIES),
        ]
        compile_c(arguments, "the runner", abi.name)
    target.chmod(0o755)


def _sources(root: Path, pattern: str) -> list[Path]:
    return sorted(path for path in root.rglob(pattern) if path.is_file())
