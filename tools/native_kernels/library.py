"""The kernels of this machine as a library in this process."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tools.native_kernels.base import ELEMENT_CODES, MOST_AXES, Shape

_MOST_NAMES = 8  # kIsaMost of isa.h
_FORCED = b"TFLITEKIT_ISA"


class _Shape(ctypes.Structure):
    _fields_ = [("rank", ctypes.c_int), ("dimensions", ctypes.c_int32 * MOST_AXES)]


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("shape", _Shape),
        ("element_type", ctypes.c_int),
        ("bytes", ctypes.c_size_t),
    ]


def _function(element: type[ctypes.Structure]) -> Any:
    pair = (ctypes.c_size_t, ctypes.POINTER(element))
    return ctypes.CFUNCTYPE(ctypes.c_char_p, *pair, *pair)


class _Kernel(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("infer", _function(_Shape)),
        ("run", _function(_Tensor)),
    ]


class Library:
    """`NativeKernels` by ctypes.

    Attributes:
        functions: the library, for functions that are not a kernel's own.
    """

    def __init__(self, path: Path) -> None:
        self.functions = ctypes.CDLL(str(path))

    def isas(self) -> tuple[str, ...]:
        names = (ctypes.c_char_p * _MOST_NAMES)()
        count = self.functions.isa_names(names)
        return tuple(name.decode() for name in names[:count] if name)

    def call(
        self,
        name: str,
        inputs: Sequence[NDArray[Any]],
        outputs: Sequence[NDArray[Any]],
        isa: str | None = None,
    ) -> str | None:
        libc = ctypes.CDLL(None)  # whose environment the kernels read
        if isa is not None:
            libc.setenv(_FORCED, isa.encode(), 1)
        try:
            reason = self._kernel(name).run(
                len(inputs), _tensors(inputs), len(outputs), _tensors(outputs)
            )
        finally:
            libc.unsetenv(_FORCED)
        return None if reason is None else str(reason.decode())

    def infer(
        self, name: str, inputs: Sequence[Shape], num_outputs: int = 1
    ) -> tuple[Shape, ...] | str:
        outputs = (_Shape * max(num_outputs, 1))()
        given = (_Shape * max(len(inputs), 1))(*map(_shape, inputs))
        reason = self._kernel(name).infer(len(inputs), given, num_outputs, outputs)
        if reason is not None:
            return str(reason.decode())
        return tuple(tuple(shape.dimensions[: shape.rank]) for shape in outputs[:num_outputs])

    def use_threads(self, threads: int) -> None:
        self.functions.parallel_use(threads)

    def _kernel(self, name: str) -> _Kernel:
        return _Kernel.in_dll(self.functions, f"kernel_{name}")


def _tensors(arrays: Sequence[NDArray[Any]]) -> Any:
    found = (_Tensor * max(len(arrays), 1))()
    for tensor, array in zip(found, arrays, strict=False):
        tensor.data, tensor.shape = array.ctypes.data, _shape(array.shape)
        tensor.element_type, tensor.bytes = ELEMENT_CODES[array.dtype.name], array.nbytes
    return found


def _shape(shape: Shape) -> _Shape:
    return _Shape(len(shape), (ctypes.c_int32 * MOST_AXES)(*shape))
