"""Calls of kernels as real models make them: packed by our quantizer from the kernel cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes.kernel_cases import CASES, KernelCase
from tests.fakes.kernel_cases.quality import Quantized
from tflitekit.graph.model import Op
from tflitekit.graph.tensor import Tensor
from tflitekit.kernels import BY_NAME
from tools.native_kernels import aligned

Arrays = list[NDArray[Any]]


@dataclass(frozen=True)
class Example:
    """One call.

    Attributes:
        kernel: without "tflitekit.".
        inputs: random values, then the constants, each as LiteRT would give it.
        constants: which of the inputs are constants.
        outputs: what the reference gives.
    """

    kernel: str
    inputs: Arrays
    constants: Sequence[int]
    outputs: Arrays

    def empty_outputs(self) -> Arrays:
        return [np.zeros_like(array) for array in self.outputs]


def one_case_of_each() -> dict[str, KernelCase]:
    """The first case of every kernel."""
    return {case.kernel: case for case in reversed(CASES)}


def use_of(kernel: str, made: Quantized) -> Op:
    """The first op of a kernel in an integer model."""
    return next(op for op in made.model.ops() if op.custom and op.name == f"tflitekit.{kernel}")


def call_of(kernel: str, op: Op) -> Example:
    """A call as the op makes it."""
    rng = np.random.default_rng(0)
    tensors = [tensor for tensor in op.inputs if tensor is not None]
    assert len(tensors) == len(op.inputs)
    inputs = [aligned(_values(tensor, rng)) for tensor in tensors]
    constants = [i for i, tensor in enumerate(tensors) if tensor.is_constant]
    outputs = [np.ascontiguousarray(array) for array in BY_NAME[op.name].reference(*inputs)]
    return Example(kernel, inputs, constants, outputs)


def _values(tensor: Tensor, rng: np.random.Generator) -> NDArray[Any]:
    if tensor.is_constant:
        return np.ascontiguousarray(tensor.data)
    shape = tuple(tensor.shape)
    if tensor.dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if tensor.dtype in ("int8", "int16"):
        return rng.integers(-128, 128, shape).astype(tensor.dtype)
    return rng.integers(0, 2, shape).astype(tensor.dtype)
