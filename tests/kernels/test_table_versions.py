"""Every version of tflitekit.table gives the bits of the reference, and touches nothing else."""

import ctypes
import platform

import numpy as np
import pytest

from tflitekit.kernels.table import reference
from tools import kernel_library

pytestmark = pytest.mark.build

VERSIONS = {"x86_64": ("scalar", "avx2", "avx512vbmi"), "aarch64": ("scalar", "neon")}
SIZES = (0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 251, 1009)
GUARD = 64


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return kernel_library.build(tmp_path_factory.mktemp("kernels"))


@pytest.fixture(params=VERSIONS[platform.machine()])
def run(request, library):
    if request.param not in ("scalar", *kernel_library.present(library)):
        pytest.skip(f"this processor has no {request.param}")
    function = library[f"table_{request.param}"]

    def run(x, table, y):
        pointers = [ctypes.c_void_p(one.ctypes.data) for one in (x, table, y)]
        function(*pointers, ctypes.c_size_t(x.size))

    return run


def tables():
    yield np.arange(-128, 128).astype(np.int8)
    yield np.roll(np.arange(127, -129, -1), 77).astype(np.int8)
    yield np.random.default_rng(1).integers(-128, 128, 256).astype(np.int8)


def test_every_value_of_every_entry(run):
    x = np.arange(-128, 128).astype(np.int8)
    for table in tables():
        y = np.zeros_like(x)
        run(x, table, y)
        assert (y == reference(x, table)[0]).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("ahead", "behind"), [(0, 0), (1, 0), (0, 5), (3, 7)])
def test_awkward_sizes_and_places(run, size, ahead, behind):
    random = np.random.default_rng(size)
    table = list(tables())[-1]
    given = random.integers(-128, 128, ahead + size).astype(np.int8)
    got = np.full(behind + size + GUARD, 99, np.int8)
    run(given[ahead:], table, got[behind:])
    assert (got[behind : behind + size] == reference(given[ahead:], table)[0]).all()
    assert (got[:behind] == 99).all(), "written before the output"
    assert (got[behind + size :] == 99).all(), "written behind the output"


def test_in_place(run):
    table = list(tables())[-1]
    x = np.random.default_rng(2).integers(-128, 128, 1009).astype(np.int8)
    expected = reference(x, table)[0]
    run(x, table, x)
    assert (x == expected).all()


@pytest.mark.parametrize("forced", [None, "scalar", "avx2", "no such set"])
def test_one_instruction_set_can_be_forced(library, forced):
    present = kernel_library.present(library)
    # The C library of this process, whose environment the kernels read.
    environment = ctypes.CDLL(None)
    if forced is not None:
        environment.setenv(b"TFLITEKIT_ISA", forced.encode(), 1)
    try:
        usable = [name for name in present if library.isa_may_use(name.encode())]
    finally:
        environment.unsetenv(b"TFLITEKIT_ISA")
    assert usable == (present if forced is None else [name for name in present if name == forced])
