"""Matrix products of two inputs."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from tests.fakes.kernel_cases.case import KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tests.fakes.kernel_cases.random_inputs import Shape, rows_and_hidden
from tests.fakes.kernel_cases.tensorflow_function import Function, ordered

NO_SLOWER = 1.0


def cases() -> Iterator[KernelCase]:
    yield from _timed()
    yield from _small()


def _timed() -> Iterator[KernelCase]:
    for one, other in (
        ((6, 64, 32), (6, 32, 64)),
        ((12, 128, 64), (12, 64, 128)),
        ((12, 128, 128), (12, 128, 64)),
        ((3, 197, 64), (3, 64, 197)),
        ((1, 256, 256), (1, 256, 256)),
    ):
        build = functools.partial(lowered, "matrix_products", "product", one, other, False, False)
        title = f"matmul {one} x {other}"
        sample = ordered(build, rows_and_hidden([one, other], None))
        yield KernelCase("batch_matmul", title, build, sample, most_time=NO_SLOWER)


def _small() -> Iterator[KernelCase]:
    for one, other, first, second in (
        ((5, 7), (7, 9), False, False),
        ((7, 5), (7, 9), True, False),
        ((5, 7), (9, 7), False, True),
        ((7, 5), (9, 7), True, True),
        ((3, 5, 7), (1, 7, 9), False, False),
        ((1, 5, 7), (3, 7, 9), False, False),
        ((2, 3, 16, 31), (2, 3, 31, 1), False, False),
        ((2, 3, 1, 31), (2, 3, 17, 31), False, True),
    ):
        build = functools.partial(lowered, "matrix_products", "product", one, other, first, second)
        swapped = " transposed"
        title = f"matmul {one}{swapped * first} x {other}{swapped * second}"
        sample = ordered(build, rows_and_hidden([one, other], None))
        yield KernelCase("batch_matmul", title, build, sample)


def product(one: Shape, other: Shape, first: bool, second: bool) -> Function:
    """A matrix product, with operands transposed where it says."""
    return Function(
        lambda tf, a, b: tf.matmul(a, b, transpose_a=first, transpose_b=second),
        [(tuple(one), "float32"), (tuple(other), "float32")],
    )
