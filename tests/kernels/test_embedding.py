"""Every version of tflitekit.embedding gives the bits of the reference."""

import numpy as np
import pytest

from tflitekit.kernels.embedding import pack, reference
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build


def packed(rows, spread=1.0, zero_point=7, y=None):
    scales = np.random.default_rng(rows).uniform(0.01, 0.02 * spread, rows).astype(np.float32)
    table = QuantParams(tuple(scales.tolist()), (0,) * rows, "int8")
    y = y or QuantParams((0.015,), (zero_point,), "int8")
    (block,) = pack(None, [table, None], [y])
    return aligned(block)


@pytest.mark.parametrize("ids", [np.int32, np.int64])
@pytest.mark.parametrize(
    ("rows", "columns", "count"),
    [(1, 1, 1), (7, 31, 0), (7, 32, 5), (5, 33, 64), (64, 257, 13), (3, 600, 2), (4, 0, 3)],
)
def test_rows(native, rows, columns, count, ids):
    random = np.random.default_rng(rows + columns)
    table = aligned(random.integers(-127, 128, (rows, columns)).astype(np.int8))
    chosen = random.integers(0, rows, (1, count)).astype(ids)
    for block in (packed(rows), packed(rows, spread=40.0, zero_point=-128)):
        (wanted,) = reference(table, chosen, block)
        for isa in versions(native, "embedding"):
            y = aligned(np.full(wanted.shape, 99, np.int8), 3)
            assert native.call("embedding", [table, chosen, block], [y], isa) is None
            assert (y == wanted).all()


@pytest.mark.parametrize(("rows", "columns", "count"), [(7, 31, 0), (7, 32, 5), (64, 257, 13)])
def test_rows_of_int16(native, rows, columns, count):
    random = np.random.default_rng(rows + columns)
    table = aligned(random.integers(-127, 128, (rows, columns)).astype(np.int8))
    chosen = random.integers(0, rows, (1, count)).astype(np.int32)
    for scale in (1e-4, 3e-5):  # of which the second saturates
        block = packed(rows, y=QuantParams((scale,), (0,), "int16"))
        (wanted,) = reference(table, chosen, block)
        assert wanted.dtype == np.int16
        for isa in versions(native, "embedding"):
            y = np.full(wanted.shape, 99, np.int16)
            assert native.call("embedding", [table, chosen, block], [y], isa) is None
            assert (y == wanted).all()


def test_a_type_of_y_that_the_parameters_do_not_tell(native):
    table, ids = aligned(np.zeros((4, 8), np.int8)), np.array([[0]], np.int32)
    y = aligned(np.zeros((1, 1, 8), np.int16))
    assert "as the parameters say" in native.call("embedding", [table, ids, packed(4)], [y])


@pytest.mark.parametrize("wrong", [-1, 4, 2**31 - 1, -(2**31)])
def test_an_id_that_is_no_row(native, wrong):
    table, ids = aligned(np.zeros((4, 8), np.int8)), np.array([[0, wrong]], np.int32)
    y = aligned(np.zeros((1, 2, 8), np.int8))
    reason = native.call("embedding", [table, ids, packed(4)], [y])
    assert reason == "an id is no row of the table"


def test_parameters_of_another_table(native):
    table, ids = aligned(np.zeros((4, 8), np.int8)), np.array([[0]], np.int32)
    y = aligned(np.zeros((1, 1, 8), np.int8))
    assert "another table" in native.call("embedding", [table, ids, packed(5)], [y])
