"""What every way to call the native kernels from Python offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tflitekit.runtime import kernel_sources

SCALAR = "scalar"
"""The name that stands for plain C where an instruction set is asked for."""

MOST_AXES = 8
"""KERNEL_MAX_RANK of tflitekit_kernel.h."""

ELEMENT_CODES = {
    "float32": 1, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "int8": 9,
}  # fmt: skip
"""The codes of element.h."""

Shape = tuple[int, ...]


class NativeKernels(Protocol):
    """One build of the native kernels, ready to be called."""

    def isas(self) -> tuple[str, ...]:
        """The instruction sets that its processor has."""

    def call(
        self,
        name: str,
        inputs: Sequence[NDArray[Any]],
        outputs: Sequence[NDArray[Any]],
        isa: str | None = None,
    ) -> str | None:
        """Run a kernel as the runner does.

        Args:
            name: of the kernel, without "tflitekit.".
            inputs: C-contiguous; those that the kernel takes for constants at multiples of 64 bytes
                (see `aligned`).
            outputs: written to; C-contiguous. One that is an input is computed in place.
            isa: the only instruction set that may be used; "scalar" for none.

        Returns:
            What the kernel says is wrong; None where it ran.
        """

    def infer(
        self, name: str, inputs: Sequence[Shape], num_outputs: int = 1
    ) -> tuple[Shape, ...] | str:
        """The shapes of the outputs, or what the kernel says is wrong."""

    def use_threads(self, threads: int) -> None:
        """Threads for all calls from now on."""


def versions(native: NativeKernels, name: str) -> tuple[str, ...]:
    """What `isa` can be for a kernel: "scalar", and each set that it has a version for and that the
    processor has.
    """
    present = native.isas()
    return (SCALAR, *(isa for isa in kernel_sources.versions(name) if isa in present))


def aligned(values: NDArray[Any], offset: int = 0) -> NDArray[Any]:
    """A copy that begins `offset` bytes behind a multiple of 64, as LiteRT's constants do at 0."""
    memory = np.zeros(values.nbytes + 64 + offset, np.uint8)
    start = -memory.ctypes.data % 64 + offset
    copy = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    copy[...] = values
    return copy
