"""What the native sources of the kernels tell: which file is whose, for which instruction sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tflitekit.runtime import build

ISAS = {
    "x86_64": ("avx2", "avx512bw", "avx512vnni", "avx512vbmi"),
    "arm64-v8a": ("neon", "dotprod", "i8mm"),
}
"""The instruction sets that a kernel can have a version for, by ABI: the names of isa.c, and the
ends of the names of the files that hold the versions."""

_INCLUDED = re.compile(r'^#include "(\w+)\.h"', re.MULTILINE)


def versions(kernel: str) -> tuple[str, ...]:
    """The instruction sets that a kernel has versions for, besides plain C.

    These are the ends `_isa.c` of files whose names begin as the file of the kernel, or as a header
    that it includes.

    Args:
        kernel: its name, without "tflitekit.".
    """
    folder = build.source_root() / "kernels"
    return _versions(folder, _source(folder, kernel))


def _versions(folder: Path, source: Path) -> tuple[str, ...]:
    stems = set(_reachable(folder, source.stem))
    return tuple(
        isa
        for isas in ISAS.values()
        for isa in isas
        if any((folder / f"{stem}_{isa}.c").is_file() for stem in stems)
    )


def _source(folder: Path, kernel: str) -> Path:
    """The file that defines a kernel, under its name or, for one of several, by a macro."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.c"))}
    named = re.compile(rf"Kernel kernel_{kernel}\b")
    listed = re.compile(rf"\b{kernel}\b(.|\n)*Kernel kernel_##")
    for pattern in (named, listed):
        for path, text in texts.items():
            if pattern.search(text):
                return path
    raise ValueError(f"no native kernel is called {kernel}")


def _reachable(folder: Path, stem: str) -> Iterator[str]:
    """`stem` and the headers that its source includes, and those that they include."""
    seen, left = set(), [stem]
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        for suffix in (".c", ".h"):
            path = folder / f"{name}{suffix}"
            if path.is_file():
                left += _INCLUDED.findall(path.read_text(encoding="utf-8"))
