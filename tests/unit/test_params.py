import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tflitekit.quantize.params import QuantParams

PARAMS = QuantParams((0.5,), (3,), "int8")


def test_values_on_the_grid_are_exact():
    steps = np.arange(-128, 128, dtype=np.int8)
    assert (PARAMS.quantize(PARAMS.dequantize(steps)) == steps).all()


def test_ties_go_away_from_zero_and_ends_saturate():
    values = np.float32([0.25, -0.25, 0.75, 1e9, -1e9])
    assert PARAMS.quantize(values).tolist() == [4, 2, 5, 127, -128]


def test_per_channel_along_an_axis():
    params = QuantParams((0.5, 2.0), (0, 1), "int8", axis=1)
    values = np.float32([[1, 4], [2, 6]])
    assert params.quantize(values).tolist() == [[2, 3], [4, 4]]
    assert (params.dequantize(params.quantize(values)) == values).all()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
@given(value=st.floats(-60, 60, width=32))
def test_the_error_is_at_most_half_a_step(dtype, value):
    params = QuantParams((0.5,), (0 if dtype != "uint8" else 125,), dtype)
    limits = np.iinfo(dtype)
    low, high = (0.5 * (end - params.zero_points[0]) for end in (limits.min, limits.max))
    restored = params.dequantize(params.quantize(np.float32([value])))[0]
    assert abs(restored - np.clip(value, low, high)) <= 0.25
