"""The kernels of rare and repaired ops give the bits of their references, or a reason."""

import numpy as np
import pytest

from tflitekit.kernels import cast, cumulative_sum, lookup, one_hot, pair_table, scatter
from tflitekit.kernels.block import block, header
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

SIZES = (0, 1, 15, 16, 17, 63, 64, 65, 257, 1009)


def steps(shape, seed=0):
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)


def check(native, name, reference, inputs, gives="int8", **more):
    (wanted,) = reference(*inputs, **more)
    for isa in versions(native, name):
        got = np.ones(wanted.shape, gives)
        assert native.call(name, [aligned(one) for one in inputs], [got], isa) is None
        assert (got == wanted).all(), isa


def refusal(native, name, inputs, shape, dtype="int8"):
    return native.call(name, [aligned(one) for one in inputs], [np.zeros(shape, dtype)])


@pytest.mark.parametrize(
    ("left", "right"), [((256, 1), (256,)), ((), (65,)), ((3, 1, 5), (2, 1)), ((70, 3), (3,))]
)
def test_pairs_are_looked_up(native, left, right):
    table = steps((256, 256), 3)
    check(native, "pair_table", pair_table.reference, [steps(left), steps(right, 1), table])


def test_a_short_table_of_pairs_is_refused(native):
    x = steps((2, 3))
    assert "truncated" in refusal(native, "pair_table", [x, x, steps((255, 256))], (2, 3))


@pytest.mark.parametrize("dtype", lookup.RESULTS)
@pytest.mark.parametrize("size", SIZES)
def test_integers_and_truth_values_are_looked_up(native, size, dtype):
    values = np.random.default_rng(1).integers(0, 2 if dtype == "bool" else 2**31, 256)
    table = values.astype(dtype).view(np.int8)
    check(native, "lookup", lookup.reference, [steps(size), table], dtype, dtype=dtype)


def test_a_short_table_of_integers_is_refused(native):
    x, table = steps(5), steps(1024)
    assert "truncated" in refusal(native, "lookup", [x, table], 5, "int64")
    assert "smaller" in refusal(native, "lookup", [x, table], 4, "int32")
    assert "bool" in refusal(native, "lookup", [x, table], 5, "int16")


@pytest.mark.parametrize("dtype", cast.SOURCES)
@pytest.mark.parametrize("size", SIZES)
def test_integers_and_truth_values_are_cast(native, size, dtype):
    ends = np.iinfo(dtype if dtype != "bool" else "int8")
    x = np.random.default_rng(size).integers(-300, 300, size)
    x[: size // 4] = np.random.default_rng(1).integers(ends.min, ends.max, size // 4)
    packed = block(header(scale=1.7, zero_point=-5))
    check(native, "cast", cast.reference, [x.astype(dtype), packed])


def test_a_wrong_cast_is_refused(native):
    packed = block(header(scale=1.0, zero_point=0))
    assert "bool" in refusal(native, "cast", [np.zeros(3, np.int16), packed], 3)
    assert "truncated" in refusal(native, "cast", [np.zeros(3, bool), packed[:4]], 3)
    assert "smaller" in refusal(native, "cast", [np.zeros(3, bool), packed], 2)
    far = block(header(scale=1.0, zero_point=128))
    assert "int8" in refusal(native, "cast", [np.zeros(3, bool), far], 3)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_rows_of_one_element(native, dtype):
    indices = np.array([[0, 5, -1], [7, 3, 2**31 - 1]], dtype)
    row = np.full(7, -9, np.int8)
    check(native, "one_hot", one_hot.reference, [indices, row, block(header(on=100))])
    assert native.infer("one_hot", [(2, 3), (7,), (64,)]) == ((2, 3, 7),)


def test_wrong_rows_are_refused(native):
    indices, row = np.zeros(3, np.int32), np.zeros(7, np.int8)
    assert "smaller" in refusal(native, "one_hot", [indices, row, block(header(on=1))], (2, 7))
    assert "int8" in refusal(native, "one_hot", [indices, row, block(header(on=200))], (3, 7))
    assert "truncated" in refusal(native, "one_hot", [indices, row, row[:0]], (3, 7))
    assert "int64" in refusal(native, "one_hot", [row, row, block(header(on=1))], (7, 7))


@pytest.mark.parametrize("reverse", [0, 1])
@pytest.mark.parametrize("exclusive", [0, 1])
@pytest.mark.parametrize(
    ("shape", "axis"),
    [((1,), 0), ((3, 257), 1), ((700,), 0), ((5, 300), 0), ((2, 9, 17), 1), ((2, 0, 3), 1)],
)
def test_running_sums(native, shape, axis, exclusive, reverse):
    fields = {"axis": axis, "exclusive": exclusive, "reverse": reverse, "x_zero": -3, "y_zero": 9}
    packed = block(header(**fields, scale=0.043))
    check(native, "cumulative_sum", cumulative_sum.reference, [steps(shape), packed])


def test_wrong_running_sums_are_refused(native):
    fields = {"axis": 2, "exclusive": 0, "reverse": 0, "x_zero": 0, "y_zero": 0}
    x = steps((2, 3))
    reason = refusal(native, "cumulative_sum", [x, block(header(**fields, scale=1.0))], (2, 3))
    assert "axis" in reason
    packed = block(header(**{**fields, "axis": 1, "reverse": 2}, scale=1.0))
    assert "truth" in refusal(native, "cumulative_sum", [x, packed], (2, 3))
    assert "truncated" in refusal(native, "cumulative_sum", [x, packed[:16]], (2, 3))


@pytest.mark.parametrize("adds", [0, 1])
@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize(
    ("shape", "depth", "places"),
    [
        ((7, 33), 1, (5,)),
        ((4, 5, 6), 2, (2, 3)),
        ((9,), 1, (0,)),
        ((3, 4), 2, (40,)),
        ((6, 0), 1, (2,)),
    ],
)
def test_slices_are_placed(native, shape, depth, places, dtype, adds):
    random = np.random.default_rng(0)
    indices = np.stack([random.integers(0, size, places) for size in shape[:depth]], -1)
    updates = steps((*places, *shape[depth:]), 1)
    packed = block(header(adds=adds, zero=-7))
    inputs = [updates, steps(shape, 2), indices.astype(dtype), packed]
    check(native, "scatter", scatter.reference, inputs)
    assert native.infer("scatter", [one.shape for one in inputs]) == (shape,)


@pytest.mark.parametrize("index", [-1, 7, 2**31 - 1])
def test_a_place_outside_is_refused(native, index):
    packed = block(header(adds=0, zero=0))
    inputs = [steps((1, 3)), steps((7, 3)), np.array([[index]], np.int32), packed]
    assert "outside" in refusal(native, "scatter", inputs, (7, 3))


def test_wrong_slices_are_refused(native):
    packed = block(header(adds=1, zero=0))
    updates, y, indices = steps((2, 3)), steps((7, 3)), np.zeros((2, 1), np.int32)
    run = lambda *inputs, to=(7, 3): refusal(native, "scatter", inputs, to)  # noqa: E731
    assert "fit" in run(updates[:1], y, indices, packed)
    assert "fit" in run(updates[:, :2].copy(), y, indices, packed)
    assert "more axes" in run(updates, y, np.zeros((2, 3), np.int32), packed)
    assert "shape" in run(updates, y, indices, packed, to=(6, 3))
    assert "int64" in run(updates, y, indices.astype(np.int8), packed)
    assert "truncated" in run(updates, y, indices, packed[:4])
    assert "zero point" in run(updates, y, indices, block(header(adds=1, zero=128)))
