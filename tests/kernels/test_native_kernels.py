"""What the builds for tests promise: they find what a kernel does to the memory around tensors."""

from pathlib import Path

import numpy as np
import pytest

from tests.fakes.more_kernels import copy_with
from tflitekit.runtime import build as runner
from tools.native_kernels import KernelCrash, aligned, missing, opened

pytestmark = pytest.mark.build

BAD = Path(__file__).resolve().parents[1] / "fakes" / "bad_kernels"
FAULTS = ("read behind", "read far behind", "write behind", "write before", "overflow")
FOUND = {
    "emulator": ("read far behind", "write behind", "write before"),
    "sanitized": FAULTS,
}


@pytest.fixture(scope="module", params=FOUND)
def bad(request, tmp_path_factory):
    reason = missing(request.param)
    if reason:
        pytest.skip(reason)
    root = copy_with(tmp_path_factory.mktemp("bad"), BAD.glob("*.c"), ["bad"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "source_root", lambda: root)
        with opened(request.param) as native:
            yield request.param, native


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_the_next_call_works(bad, fault):
    name, native = bad
    x = aligned(np.full(5, FAULTS.index(fault), np.int8))
    y = np.zeros(5, np.int8)
    if fault in FOUND[name]:
        with pytest.raises(KernelCrash):
            native.call("bad", [x], [y])
    else:
        assert native.call("bad", [x], [y]) is None
    assert native.call("bad", [np.full(5, 99, np.int8)], [y]) is None


def test_infer_gives_shapes_or_a_reason(native):
    assert native.infer("table", [(3, 5), (256,)]) == ((3, 5),)
    assert native.infer("table", [(3, 5), (255,)]) == "the table must have 256 entries"


def test_threads_do_not_change_what_is_computed(native):
    x = np.random.default_rng(0).integers(-128, 128, 1 << 16).astype(np.int8)
    table = np.arange(-128, 128).astype(np.int8)
    native.use_threads(2)
    try:
        y = np.zeros_like(x)
        assert native.call("table", [x, table], [y]) is None
    finally:
        native.use_threads(1)
    assert (y == x).all()
