"""Terms of logits, with the arrays that their operands hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tflitekit.graph.model import Tensor
from tflitekit.kernels.logits.terms import Term
from tflitekit.kernels.operands.moved import identity
from tflitekit.quantize.params import QuantParams


@dataclass(frozen=True)
class GivenTerm:
    """A term and what its operand holds.

    Attributes:
        array: None for a constant.
        params: of a float operand.
    """

    term: Term
    array: NDArray[Any] | None = None
    params: QuantParams | None = None


def constant(values: ArrayLike) -> GivenTerm:
    """A constant that is added."""
    return GivenTerm(Term(np.asarray(values, np.float32)))


def truth(
    rng: np.random.Generator, shape: tuple[int, ...], *, keeps: bool, dtype: str = "bool"
) -> GivenTerm:
    """Random truth values that keep, or mask, where they are true."""
    tensor = Tensor("mask", shape, dtype)
    array = (rng.random(shape) < 0.7).astype(dtype)
    return GivenTerm(Term(identity(tensor), tensor, masks=not keeps), array)


def additive(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> GivenTerm:
    """Random int8 values of a float operand that is added."""
    tensor = Tensor("bias", shape, "float32")
    array = rng.integers(-128, 128, shape).astype(np.int8)
    return GivenTerm(Term(identity(tensor), tensor), array, QuantParams((scale,), (9,), "int8"))
