"""Every version of tflitekit.rotary gives the bits of the reference."""

import numpy as np
import pytest

from tflitekit.graph.model import Op
from tflitekit.kernels.rotary import pack, reference
from tflitekit.kernels.rotary_match import Rotation
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

X, Y = QuantParams((0.02,), (-7,), "int8"), QuantParams((0.025,), (3,), "int8")


def halves(columns):
    """The second half of a row is turned into the first; what is left over stays."""
    half = columns // 2
    first = [*range(half), *range(half), *range(2 * half, columns)]
    second = [*range(half, 2 * half), *range(half, 2 * half), *range(2 * half, columns)]
    return np.array([first, second])


def neighbours(columns):
    own = np.arange(columns)
    return np.stack([own // 2 * 2, np.minimum(own // 2 * 2 + 1, columns - 1)])


def packed(places, steps=1, repeat=1, x=X, y=Y):
    weights = np.random.default_rng(steps).uniform(-1, 1, (2, steps, places.shape[1]))
    rotation = Rotation(places, weights, repeat)
    (found,) = pack(Op("rotary", [], [], {"rotation": rotation}), [x], [y])
    return aligned(found), rotation


@pytest.mark.parametrize("made", [halves, neighbours])
@pytest.mark.parametrize("columns", [1, 2, 7, 31, 32, 33, 64, 128, 130])
def test_rows(native, made, columns):
    for steps, repeat in ((1, 1), (5, 3)):
        block, _ = packed(made(columns), steps, repeat)
        x = np.random.default_rng(columns).integers(-128, 128, (2, 5, 3, columns)).astype(np.int8)
        (wanted,) = reference(x, block)
        for isa in versions(native, "rotary"):
            y = aligned(np.full(x.shape, 99, np.int8), 3)
            assert native.call("rotary", [aligned(x, 1), block], [y], isa) is None
            assert (y == wanted).all(), isa


def test_no_rows(native):
    block, _ = packed(halves(8))
    x, y = (np.zeros((1, 0, 8), np.int8) for _ in "xy")
    assert native.call("rotary", [x, block], [y]) is None


@pytest.mark.parametrize("zero", [-128, 127])
def test_the_ends_of_the_range(native, zero):
    loud, fine = QuantParams((10.0,), (zero,), "int8"), QuantParams((1e-3,), (zero,), "int8")
    x = np.random.default_rng(3).choice(np.int8([-128, 127]), (1, 6, 64))
    for given, wished in ((loud, fine), (fine, loud), (loud, loud)):
        block, _ = packed(halves(64), 6, x=given, y=wished)
        for isa in versions(native, "rotary"):
            y = np.zeros(x.shape, np.int8)
            assert native.call("rotary", [aligned(x), block], [y], isa) is None
            assert (y == reference(x, block)[0]).all(), isa


def test_it_means_the_sum_of_two():
    places = halves(6)
    block, rotation = packed(places, 4, 2)
    x = np.random.default_rng(3).integers(-60, 60, (1, 4, 2, 6)).astype(np.int8)
    rows = X.dequantize(x)
    wanted = sum(rows[..., one] * rotation.weights[i][:, None] for i, one in enumerate(places))
    assert np.abs(Y.dequantize(reference(x, block)[0]) - wanted).max() <= 0.51 * Y.scales[0]


def broken(block, place, value):
    header = block.copy()
    header[4 * place : 4 * place + 4] = np.frombuffer(np.int32(value).tobytes(), np.int8)
    return aligned(header)


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (0, 0, "not positive"),
        (1, -1, "not positive"),
        (2, 0, "not positive"),
        (1, 2**31 - 1, "truncated"),
        (3, 2**31 - 1, "truncated"),
        (3, 1, "no row"),
        (4, 128, "zero point"),
        (5, -129, "zero point"),
        (6, 0x7F800000, "no number"),
        (16, 5, "out of range"),
        (16, 0, "out of range"),
        (17, 5, "out of range"),
        (18, -1, "out of range"),
    ],
)
def test_damaged_parameters(native, place, value, reason):
    block, _ = packed(halves(8))
    x, y = (aligned(np.zeros((1, 8), np.int8)) for _ in "xy")
    assert reason in native.call("rotary", [x, broken(block, place, value)], [y])


def test_a_part_of_a_row(native):
    block, _ = packed(halves(8))
    x, y = (aligned(np.zeros((1, 9), np.int8)) for _ in "xy")
    assert "whole number" in native.call("rotary", [x, block], [y])
