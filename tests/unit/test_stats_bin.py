"""The runner's stats.bin."""

import struct

import numpy as np
import pytest

from tests.fakes.stats import assert_same
from tflitekit.errors import RunError
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.calibration.stats_bin import parse_stats

VALUES = np.float32([[1, -2], [3, -2], [0, 4]])
TENSOR = (
    struct.pack("<IIIIQQ", 1, 7, 2, 5, 6, 0)
    + np.float32([0, -2, 3, 4]).tobytes()
    + np.float64([4, 0, 10, 24]).tobytes()
    + np.uint16([0x0000, 0x3F80, 0x4040, 0x4080, 0xC000]).tobytes()
    + np.uint64([1, 1, 1, 1, 2]).tobytes()
)
WHOLE = b"TKST" + struct.pack("<II", 1, 1) + TENSOR


def test_a_tensor_is_read():
    (found,) = parse_stats(WHOLE).items()
    assert found[0] == ("output", 7)
    assert_same(found[1], observe(VALUES))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "ends too early"),
        (b"TKSX" + WHOLE[4:], "not readable"),
        (b"TKST" + struct.pack("<II", 2, 0), "format 2"),
        (WHOLE[:-1], "ends too early"),
    ],
)
def test_what_is_refused(content, said):
    with pytest.raises(RunError, match=said):
        parse_stats(content)
