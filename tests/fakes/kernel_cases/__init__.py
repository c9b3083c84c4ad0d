"""Every promised use of our kernels: one list for tests, documents and benchmark."""

from tests.fakes.kernel_cases import (
    attention,
    attention_formulas,
    embedding,
    fully_connected,
    matrix_products,
    norms,
    recurrent,
    repaired,
    rescaling,
    residuals,
    rotations,
    softmax,
    unary,
)
from tests.fakes.kernel_cases.case import KernelCase

CASES: tuple[KernelCase, ...] = (
    *unary.cases(),
    *attention.cases(),
    *softmax.cases(),
    *matrix_products.cases(),
    *attention_formulas.cases(),
    *embedding.cases(),
    *fully_connected.cases(),
    *norms.cases(),
    *recurrent.cases(),
    *repaired.cases(),
    *residuals.cases(),
    *rotations.cases(),
    *rescaling.cases(),
)

__all__ = ["CASES", "KernelCase"]
