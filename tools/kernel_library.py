"""The native kernels of this machine as a library that Python can call."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

from tflitekit.abi import ABIS
from tflitekit.devices.local import local_info
from tflitekit.runtime.build import FLAGS, source_root

_MOST_NAMES = 8  # kIsaMost of isa.h


def build(folder: Path) -> ctypes.CDLL:
    """Compile the kernels into `folder`, as the runner is compiled, and load them."""
    root, library = source_root(), folder / "libkernels.so"
    command = [
        *(sys.executable, "-m", "ziglang", "cc", "-target", ABIS[local_info().abi].zig_target),
        *(*FLAGS, "-shared", "-fPIC"),
        *(f"-I{root / part}" for part in ("include", "src", "kernels")),
        *map(str, sorted((root / "kernels").glob("*.c"))),
        *("-o", str(library)),
    ]
    subprocess.run(command, check=True, timeout=300)
    return ctypes.CDLL(str(library))


def present(library: ctypes.CDLL) -> list[str]:
    """The instruction sets of this processor."""
    names = (ctypes.c_char_p * _MOST_NAMES)()
    count = library.isa_names(names)
    return [name.decode() for name in names[:count] if name]
