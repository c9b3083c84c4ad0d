"""Every version of tflitekit.table gives the bits of the reference, and touches nothing else."""

import numpy as np
import pytest

from tflitekit.kernels.table import reference
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

SIZES = (0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 251, 1009)


def tables():
    yield np.arange(-128, 128).astype(np.int8)
    yield np.roll(np.arange(127, -129, -1), 77).astype(np.int8)
    yield np.random.default_rng(1).integers(-128, 128, 256).astype(np.int8)


def test_every_value_of_every_entry(native):
    x = np.arange(-128, 128).astype(np.int8)
    for isa in versions(native, "table"):
        for table in tables():
            y = np.zeros_like(x)
            assert native.call("table", [x, table], [y], isa) is None
            assert (y == reference(x, table)[0]).all(), isa


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("behind_x", "behind_y"), [(0, 0), (1, 0), (0, 5), (3, 7)])
def test_awkward_sizes_and_places(native, size, behind_x, behind_y):
    table = list(tables())[-1]
    values = np.random.default_rng(size).integers(-128, 128, size).astype(np.int8)
    x, y = aligned(values, behind_x), aligned(np.zeros_like(values), behind_y)
    for isa in versions(native, "table"):
        y[...] = 0
        assert native.call("table", [x, table], [y], isa) is None
        assert (y == reference(values, table)[0]).all(), isa


def test_in_place(native):
    table = list(tables())[-1]
    values = np.random.default_rng(2).integers(-128, 128, 1009).astype(np.int8)
    for isa in versions(native, "table"):
        x = values.copy()
        assert native.call("table", [x, table], [x], isa) is None
        assert (x == reference(values, table)[0]).all(), isa


@pytest.mark.parametrize("count", [0, 1, 255])
def test_a_short_table_is_refused(native, count):
    x, table = np.zeros(3, np.int8), np.zeros(count, np.int8)
    assert "truncated" in native.call("table", [x, table], [x])
