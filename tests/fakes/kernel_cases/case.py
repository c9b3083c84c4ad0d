"""What a test, the table of the documents and the benchmark need to know of one use of a kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph import Model

Arrays = list[NDArray[Any]]


@dataclass(frozen=True)
class KernelCase:
    """A float model that one of our kernels has to make right in int8.

    Attributes:
        kernel: the custom op that has to be in the integer model, without "tflitekit.".
        name: what the model computes, unique with the kernel.
        build: the float model, with static shapes, as the front end gives it.
        sample: the inputs of one call, in the signature's order.
        most_time: the largest int8 time over float32 time that is promised; None where none is
            measured. The model should then be of a size that is met in practice.
        needed_db: the SQNR that is asked for where it is not the smaller of 30 dB and 3 dB under
            the ideal.
        int16: layers or tensors that are asked for in int16.
    """

    kernel: str
    name: str
    build: Callable[[], Model]
    sample: Callable[[np.random.Generator], Arrays]
    most_time: float | None = None
    needed_db: float | None = None
    int16: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.kernel}: {self.name}"
