import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.constants import weight_params

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


CASES = [((), 0), ((0, 3), 1), ((7,), 0), ((5, 3), 0), ((5, 3), 1), ((1, 2, 3), 2)]


@pytest.mark.parametrize("dtype", ["int8", "int32"])
@pytest.mark.parametrize(("shape", "axis"), CASES)
@pytest.mark.parametrize("at_once", [1, 4])
def test_some_at_a_time_is_the_same_as_all_at_once(monkeypatch, shape, axis, dtype, at_once):
    channels = shape[axis] if shape and shape[axis] < 6 else 1
    scales, zero_points = (0.5, 0.25, 2.0, 1.0, 3.0), (1, 0, -2, 5, 4)
    params = QuantParams(scales[:channels], zero_points[:channels], dtype, axis)
    values = np.random.default_rng(0).normal(0, 40, shape).astype(np.float32)
    whole = params.quantize(values)
    monkeypatch.setattr("tflitekit.quantize.params._AT_ONCE", at_once)
    assert (params.quantize(values) == whole).all()
    assert (whole.shape, whole.dtype) == (shape, np.dtype(dtype))


def test_gigabytes_of_weights_need_little_memory_besides():
    weights = np.linspace(-1, 1, 16 << 20, dtype=np.float32).reshape(1 << 14, -1)
    tracemalloc.start()
    params = weight_params(weights, 0, None, None)
    params.quantize(weights)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * weights.size


@pytest.mark.parametrize(("axis", "peaks"), [(0, [4, 1, 1]), (2, [2, 4]), (None, [4])])
def test_peaks_of_weights_are_those_of_each_channel(axis, peaks):
    weights = np.float32([[[1, -4], [2, 3]], [[0, 0], [0, 0]], [[-1, 0.5], [0, 0]]])
    scales = weight_params(weights, axis, None, None).scales
    # A channel of zeros has the scale of 1.
    assert np.multiply(scales, 127).tolist() == pytest.approx(peaks)
