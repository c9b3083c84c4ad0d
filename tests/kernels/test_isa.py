"""The choice of an instruction set."""

import ctypes

import pytest

from tools.native_kernels import opened

pytestmark = pytest.mark.build


@pytest.mark.parametrize("forced", [None, "scalar", "avx2", "neon", "no such set"])
def test_one_instruction_set_can_be_forced(forced):
    environment = ctypes.CDLL(None)  # the C library of this process, whose variables kernels read
    with opened("library") as native:
        if forced is not None:
            environment.setenv(b"TFLITEKIT_ISA", forced.encode(), 1)
        try:
            may_use = native.functions.isa_may_use
            usable = [name for name in native.isas() if may_use(name.encode())]
        finally:
            environment.unsetenv(b"TFLITEKIT_ISA")
        assert usable == [name for name in native.isas() if forced in (None, name)]
