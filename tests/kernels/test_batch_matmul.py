"""Every version of tflitekit.batch_matmul gives the bits of the reference."""

import itertools

import numpy as np
import pytest

from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels.batch_matmul import pack, reference
from tflitekit.kernels.operands.moved import layout_of
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

SIZES = (1, 3, 6, 7, 15, 16, 17, 64, 65)
Y = QuantParams((0.4,), (-9,), "int8")


def matrices(rng, shape, is_swapped):
    """Random matrices, and where they lie."""
    stored = (*shape[:-2], shape[-1], shape[-2]) if is_swapped else shape
    places = np.arange(np.prod(stored)).reshape(stored)
    values = rng.integers(-128, 128, stored).astype(np.int8)
    return values, places.swapaxes(-1, -2) if is_swapped else places


def inputs(rows, depth, columns, swapped=(False, False, False), zero_points=(3, -128), batch=2):
    rng = np.random.default_rng(rows)
    shapes = [(batch, rows, depth), (1, depth, columns), (batch, rows, columns)]
    found = [matrices(rng, *one) for one in zip(shapes, swapped, strict=True)]
    layouts = [layout_of(places, (batch,), places.shape[1]) for _, places in found]
    tensors = [Tensor("x", values.shape, "int8") for values, _ in found]
    options = {"layouts": layouts, "sizes": (rows, depth, columns), "factor": 0.7}
    op = Op("batch_matmul", tensors[:2], tensors[2:], options)
    params = [QuantParams((0.05,), (zero_point,), "int8") for zero_point in zero_points]
    constants = pack(op, params, [Y])
    return [aligned(one) for one in (*(values for values, _ in found[:2]), *constants)]


def check(native, given):
    (wanted,) = reference(*given)
    for isa in versions(native, "batch_matmul"):
        got = np.full(wanted.shape, 99, np.int8)
        assert native.call("batch_matmul", given, [got], isa) is None
        assert (got == wanted).all(), isa
    return wanted


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("depth", SIZES)
def test_every_version_gives_the_bits_of_the_reference(native, rows, depth):
    check(native, inputs(rows, depth, SIZES[-1 - SIZES.index(rows)]))


@pytest.mark.parametrize("swapped", list(itertools.product((False, True), repeat=3)))
def test_matrices_lie_as_their_layouts_say(native, swapped):
    check(native, inputs(19, 37, 21, swapped))


@pytest.mark.parametrize("zero_points", list(itertools.product((-128, 0, 127), repeat=2)))
def test_zero_points_and_saturation(native, zero_points):
    y = check(native, inputs(12, 300, 18, zero_points=zero_points))
    assert y.min() == -128 or y.max() == 127


def test_it_is_a_product(native):
    a, b, *others = inputs(9, 20, 33, zero_points=(0, 0))
    y = check(native, [a, b, *others])
    real = 0.05 * 0.05 * 0.7 * (a.astype(float) @ b.astype(float))
    inside = np.abs(real) < 45
    assert np.abs(Y.dequantize(y) - real)[inside].max() < 0.51 * 0.4


@pytest.mark.parametrize("offset", [1, 3, 17])
def test_operands_that_are_not_aligned(native, offset):
    a, b, *others = inputs(13, 31, 47)
    check(native, [aligned(a, offset), aligned(b, offset), *others])


def test_a_block_that_speaks_of_more_than_there_is(native):
    a, b, *others = inputs(13, 31, 47)
    y = np.zeros((2, 13, 47), np.int8)
    for less in ([a.ravel()[1:].copy(), b], [a, b.ravel()[1:].copy()]):
        assert "another size" in native.call("batch_matmul", [*less, *others], [y])
    assert not y.any()


def test_threads_do_not_change_what_is_computed(native):
    native.use_threads(2)
    try:
        check(native, inputs(200, 64, 48, batch=3))
    finally:
        native.use_threads(1)
