"""The native kernels of this machine as a library that Python can call."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.abi import ABIS
from tflitekit.devices.local import local_info
from tflitekit.runtime.build import FLAGS, LIBRARIES, source_root

_MOST_NAMES = 8  # kIsaMost of isa.h
_MOST_AXES = 8  # KERNEL_MAX_RANK of tflitekit_kernel.h
_FORCED = b"TFLITEKIT_ISA"

ELEMENT_CODES = {
    "float32": 1, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "int8": 9,
}  # fmt: skip
"""The codes of element.h."""


class _Shape(ctypes.Structure):
    _fields_ = [("rank", ctypes.c_int), ("dimensions", ctypes.c_int32 * _MOST_AXES)]


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("shape", _Shape),
        ("element_type", ctypes.c_int),
        ("bytes", ctypes.c_size_t),
    ]


_RUN = ctypes.CFUNCTYPE(
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.POINTER(_Tensor),
    ctypes.c_size_t,
    ctypes.POINTER(_Tensor),
)


class _Kernel(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("infer", ctypes.c_void_p), ("run", _RUN)]


def build(folder: Path) -> ctypes.CDLL:
    """Compile the kernels into `folder`, as the runner is compiled, and load them."""
    root, library = source_root(), folder / "libkernels.so"
    command = [
        *(sys.executable, "-m", "ziglang", "cc", "-target", ABIS[local_info().abi].zig_target),
        *(*FLAGS, "-shared", "-fPIC"),
        *(f"-I{root / part}" for part in ("include", "src", "kernels")),
        *map(str, sorted((root / "kernels").glob("*.c"))),
        *("-o", str(library), *LIBRARIES),
    ]
    subprocess.run(command, check=True, timeout=300)
    return ctypes.CDLL(str(library))


def present(library: ctypes.CDLL) -> list[str]:
    """The instruction sets of this processor."""
    names = (ctypes.c_char_p * _MOST_NAMES)()
    count = library.isa_names(names)
    return [name.decode() for name in names[:count] if name]


def call(
    library: ctypes.CDLL,
    name: str,
    inputs: Sequence[NDArray[Any]],
    outputs: Sequence[NDArray[Any]],
    isa: str | None = None,
) -> str | None:
    """Run a kernel as the runner does.

    Args:
        library: of `build`.
        name: of the kernel, without "tflitekit.".
        inputs: C-contiguous; those that the kernel takes for constants at multiples of 64 bytes
            (see `aligned`).
        outputs: written to; C-contiguous.
        isa: the only instruction set that may be used; "scalar" for none.

    Returns:
        What the kernel says is wrong; None where it ran.
    """
    kernel = _Kernel.in_dll(library, f"kernel_{name}")
    libc = ctypes.CDLL(None)  # whose environment the kernels read
    if isa is not None:
        libc.setenv(_FORCED, isa.encode(), 1)
    try:
        reason = kernel.run(len(inputs), _tensors(inputs), len(outputs), _tensors(outputs))
    finally:
        libc.unsetenv(_FORCED)
    return None if reason is None else str(reason.decode())


def aligned(values: NDArray[Any], offset: int = 0) -> NDArray[Any]:
    """A copy that begins `offset` bytes behind a multiple of 64, as LiteRT's constants do at 0."""
    memory = np.zeros(values.nbytes + 64 + offset, np.uint8)
    start = -memory.ctypes.data % 64 + offset
    copy = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    copy[...] = values
    return copy


def _tensors(arrays: Sequence[NDArray[Any]]) -> Any:
    found = (_Tensor * max(len(arrays), 1))()
    for tensor, array in zip(found, arrays, strict=False):
        shape = _Shape(array.ndim, (ctypes.c_int32 * _MOST_AXES)(*array.shape))
        code = ELEMENT_CODES[array.dtype.name]
        tensor.data, tensor.shape = array.ctypes.data, shape
        tensor.element_type, tensor.bytes = code, array.nbytes
    return found
