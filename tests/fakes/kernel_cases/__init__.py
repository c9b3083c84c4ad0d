"""Every promised use of our kernels: one list for tests, documents and benchmark."""

from tests.fakes.kernel_cases import unary
from tests.fakes.kernel_cases.case import KernelCase

CASES: tuple[KernelCase, ...] = (*unary.cases(),)

__all__ = ["CASES", "KernelCase"]
