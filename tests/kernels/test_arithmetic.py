"""Every version of tflitekit.arithmetic gives the bits of the reference, for any shapes."""

from dataclasses import replace

import numpy as np
import pytest

from tflitekit.kernels.arithmetic import FUNCTIONS, quotient_tables, reference
from tflitekit.kernels.block import block, header
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

PARAMS = (
    (QuantParams((0.05,), (12,), "int8"), QuantParams((0.011,), (-128,), "int8"), 0.07, -9),
    (QuantParams((0.03,), (-128,), "int8"), QuantParams((0.03,), (127,), "int8"), 0.0001, 127),
    (QuantParams((3.7,), (0,), "int8"), QuantParams((0.002,), (40,), "int8"), 5.0, -128),
)
SHAPES = (
    ((0,), (0,)),
    ((1,), (1,)),
    ((63,), (63,)),
    ((64,), (1,)),
    ((), (65,)),
    ((3, 127), (3, 1)),
    ((5, 3), (3,)),
    ((7, 1), (1, 131)),
    ((2, 1, 5, 7), (3, 1, 7)),
    ((4, 1, 2, 16), (1, 6, 1, 16)),
    ((257, 3), (257, 1)),
    ((2, 40, 70), (40, 1)),
)


def steps(shape, seed):
    """Values over all of int8, its ends among them."""
    values = np.random.default_rng(seed).integers(-128, 128, shape)
    return np.where(np.random.default_rng(seed + 1).random(shape) < 0.1, -128, values).astype(
        np.int8
    )


def packed(name, params, **changes):
    a, b, scale, zero = params
    y = QuantParams((scale,), (zero,), "int8")
    tables = quotient_tables(a, b, y) if name == "DIV" else ()
    return aligned(block(header(**vars(replace(FUNCTIONS[name](a, b, y), **changes))), *tables))


def check(native, a, b, parameters, y=None):
    (wanted,) = reference(a, b, parameters)
    for isa in versions(native, "arithmetic"):
        got = np.full(wanted.shape, 99, np.int8) if y is None else y
        assert native.call("arithmetic", [a, b, parameters], [got], isa) is None
        assert (got == wanted).all(), isa


@pytest.mark.parametrize("params", PARAMS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_pair_of_values(native, function, params):
    every = np.arange(-128, 128).astype(np.int8)
    check(native, every.reshape(-1, 1), every, packed(function, params))


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("function", ["DIV", "SQUARED_DIFFERENCE"])
def test_shapes_that_broadcast(native, function, shapes):
    left, right = (aligned(steps(shape, seed), seed) for seed, shape in enumerate(shapes))
    check(native, left, right, packed(function, PARAMS[0]))
    check(native, right, left, packed(function, PARAMS[1], low=-5, high=100))


def test_threads_do_not_change_what_is_computed(native):
    native.use_threads(2)
    try:
        for left, right in (((200, 700), (200, 1)), ((150000,), (150000,)), ((60000, 3), (3,))):
            a, b = steps(left, 0), steps(right, 1)
            check(native, a, b, packed("SQUARED_DIFFERENCE", PARAMS[0]))
    finally:
        native.use_threads(1)


@pytest.mark.parametrize("scale", [1e-4, 0.01, 1.0, 100.0])
@pytest.mark.parametrize("zero", [-128, -7, 127])
def test_a_quotient_by_zero_has_the_sign_of_the_numerator(scale, zero):
    a, b = QuantParams((0.1,), (3,), "int8"), QuantParams((0.2,), (5,), "int8")
    given = packed("DIV", (a, b, scale, zero))
    quotients = reference(np.int8([[2], [3], [4]]), np.int8([5]), given)[0]
    assert quotients.ravel().tolist() == [-128, zero, 127]


@pytest.mark.parametrize("scale", [0.01, 0.1, 1.0, 10.0])
def test_quotients_are_close(scale):
    """Within a step of the numerator's share, or three quarters of a step of the output."""
    a, b = QuantParams((0.1,), (-3,), "int8"), QuantParams((0.2,), (-5,), "int8")
    y = QuantParams((scale,), (9,), "int8")
    every = np.arange(-128, 128).astype(np.int8)
    others = every[every != -5]
    got = reference(every[:, None], others, packed("DIV", (a, b, scale, 9)))[0]
    real = a.dequantize(every)[:, None] / b.dequantize(others)
    assert np.abs(got.astype(int) - y.quantize(real)).max() <= 1
    assert (
        np.abs(y.dequantize(got) - np.clip(real, *y.dequantize(every[[0, -1]]))).max() < 0.7 * scale
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"function": 9}, "function"),
        ({"a_zero": 128}, "zero point"),
        ({"a_factor": 1 << 14 | 1}, "factor"),
        ({"offset": 1 << 15}, "offset"),
        ({"bias": -(1 << 15) - 1}, "shift"),
        ({"shift": 16}, "shift"),
        ({"doublings": -1}, "shift"),
        ({"high": 1000}, "limit"),
    ],
)
def test_parameters_that_cannot_be_are_refused(native, change, reason):
    a = np.zeros((2, 3), np.int8)
    given = packed("SQUARED_DIFFERENCE", PARAMS[0], **change)
    assert reason in native.call("arithmetic", [a, a, given], [a.copy()])


def test_wrong_tensors_are_refused(native):
    a, given = np.zeros((2, 3), np.int8), packed("DIV", PARAMS[0])
    assert "parameters" in native.call("arithmetic", [a, a, given[:40]], [a.copy()])
    assert "tables" in native.call("arithmetic", [a, a, given[:1024]], [a.copy()])
    assert "shape" in native.call("arithmetic", [a, a, given], [np.zeros((3, 2), np.int8)])
    assert "broadcast" in native.call("arithmetic", [a, a[:, :2].copy(), given], [a.copy()])
    assert "int8" in native.call("arithmetic", [a, a.astype(np.int16), given], [a.copy()])
    assert "inputs" in native.call("arithmetic", [a, a], [a.copy()])


def test_infer_broadcasts(native):
    assert native.infer("arithmetic", [(2, 1, 3), (4, 1), (64,)]) == ((2, 4, 3),)
    assert "broadcast" in native.infer("arithmetic", [(2, 3), (4,), (64,)])
