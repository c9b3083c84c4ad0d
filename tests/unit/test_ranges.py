"""Ranges and the integer parameters that come of them."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tflitekit.quantize.calibration.ranges import METHODS, params_of, range_of
from tflitekit.quantize.calibration.squared_error import ErrorModel, Grid
from tflitekit.quantize.calibration.stats import TensorStats, observe

DTYPES = ("int8", "uint8", "int16")
HUGE = float(np.float32(1e30))
numbers = st.floats(-HUGE, HUGE, width=32)
tensors = hnp.arrays(
    np.float32,
    st.integers(1, 60),
    elements=st.floats(-100, 100, width=32)
    | st.floats(-(2.0**-20), 2.0**-20, width=32)
    | st.sampled_from([0.0, 6.0, HUGE, -HUGE]),
)


def grid_of(low, high, dtype="int8"):
    params = params_of(low, high, dtype)
    limits = np.iinfo(dtype)
    ends = params.dequantize(np.array([limits.min, limits.max])).astype(np.float64)
    return Grid(np.array(params.scales), ends[:1], ends[1:])


def error_of(stats, limits):
    return float(ErrorModel.of(stats).total(grid_of(*limits))[0])


def true_error(values, limits):
    params = params_of(*limits)
    back = params.dequantize(params.quantize(values))
    return float(np.square(values.astype(np.float64) - back).sum())


@given(numbers, numbers, st.sampled_from(DTYPES), st.booleans())
def test_parameters_are_sane_and_hold_zero(one, other, dtype, symmetric):
    low, high = min(one, other), max(one, other)
    params = params_of(low, high, dtype, symmetric)
    limits = np.iinfo(dtype)
    (scale,), (zero_point,) = params.scales, params.zero_points
    assert math.isfinite(scale)
    assert scale >= 2.0**-60
    assert scale == np.float32(scale)
    assert limits.min <= zero_point <= limits.max
    assert params.dequantize(np.array([zero_point])) == 0
    ends = params.dequantize(np.array([limits.min, limits.max])).astype(np.float64)
    assert ends[0] <= min(low, 0) + 0.51 * scale
    assert ends[1] >= max(high, 0) - 0.51 * scale
    if symmetric:
        assert zero_point == (128 if dtype == "uint8" else 0)


@pytest.mark.parametrize(
    ("low", "high", "dtype", "symmetric", "scale", "zero_point"),
    [
        (-1.0, 1.0, "int8", True, 1 / 127, 0),
        (-0.5, 1.0, "int16", True, 1 / 32767, 0),
        (-2.0, 1.0, "uint8", True, 2 / 127, 128),
        (0.0, 255.0, "int8", False, 1.0, -128),
        (0.0, 255.0, "uint8", False, 1.0, 0),
        (-255.0, 0.0, "int8", False, 1.0, 127),
        (3.0, 255.0, "int8", False, 1.0, -128),
        (0.0, 0.0, "int8", False, 1.0, -128),
        (0.0, 0.0, "int16", True, 1.0, 0),
        (0.0, 1e-30, "int8", False, 2.0**-60, -128),
        (0.0, 3.4e38, "int8", False, 3.4e38 / 255, -128),
    ],
)
def test_parameters_by_hand(low, high, dtype, symmetric, scale, zero_point):
    params = params_of(low, high, dtype, symmetric)
    assert params.scales == (float(np.float32(scale)),)
    assert params.zero_points == (zero_point,)
    assert params.dtype == dtype


@pytest.mark.parametrize("end", [np.nan, np.inf, -np.inf])
def test_a_range_without_an_end(end):
    with pytest.raises(ValueError, match="no scale"):
        params_of(-1.0, end)


@settings(deadline=None)
@given(tensors, st.sampled_from(list(METHODS)), st.sampled_from(DTYPES), st.booleans())
def test_a_range_lies_within_the_data_and_zero(values, method, dtype, symmetric):
    stats = observe(values)
    low, high = range_of(stats, method, dtype=dtype, symmetric=symmetric)
    assert min(stats.minimum, 0) <= low <= 0 <= high <= max(stats.maximum, 0)
    params_of(low, high, dtype, symmetric)


@settings(deadline=None)
@given(tensors, st.sampled_from(["mse", "auto"]))
def test_the_error_is_at_most_that_of_the_whole_range(values, method):
    stats = observe(values)
    chosen, whole = range_of(stats, method), range_of(stats, "minmax")
    assert error_of(stats, chosen) <= error_of(stats, whole) * (1 + 1e-9)


@settings(deadline=None)
@given(tensors, st.sampled_from(list(METHODS)))
def test_the_whole_range_is_kept_where_it_is_asked_for(values, method):
    stats = observe(values)
    assert range_of(stats, method, whole=True) == range_of(stats, "minmax")


@settings(deadline=None)
@given(tensors, st.sampled_from(list(METHODS)))
def test_a_mirrored_tensor_has_a_mirrored_range(values, method):
    low, high = range_of(observe(values), method, dtype="int16", symmetric=True)
    mirrored = range_of(observe(-values), method, dtype="int16", symmetric=True)
    assert mirrored == pytest.approx((-high, -low), rel=1e-6)


def test_the_predicted_error_is_the_true_one():
    values = np.random.default_rng(0).normal(size=100_000).astype(np.float32)
    stats = observe(values)
    for limits in ((-5.0, 5.0), (-2.0, 3.0), (-1.0, 0.5), (0.0, 4.0)):
        assert error_of(stats, limits) == pytest.approx(true_error(values, limits), rel=0.01)


def test_exact_zeros_cost_nothing():
    values = np.zeros(1000, np.float32)
    values[:2] = -1, 1
    assert error_of(observe(values), (-1.0, 1.0)) < 1e-4


def test_an_outlier_is_clipped_by_all_but_minmax():
    values = np.random.default_rng(0).normal(size=2_000_000).astype(np.float32)
    values[0] = 40
    stats = observe(values)
    assert range_of(stats, "minmax")[1] == 40
    for method in ("auto", "mse", "percentile", "entropy"):
        limits = range_of(stats, method)
        assert limits[1] < 20, method
        if method != "entropy":
            assert true_error(values, limits) < 0.5 * true_error(values, (-5, 40)), method


def test_an_end_can_be_a_small_part_of_the_whole():
    """One value in 10^8 that is 1000 times the others."""
    values = np.random.default_rng(0).normal(size=100_000).astype(np.float32)
    stats = observe(values)
    many = TensorStats(
        **vars(stats)
        | {"counts": stats.counts * np.uint64(1000), "count": stats.count * 1000}
        | {"maximum": 5000.0, "channel_max": np.float32([5000])}
    )
    assert range_of(many, "auto")[1] < 50


def test_least_error_is_near_the_best_of_an_exhaustive_search():
    rng = np.random.default_rng(1)
    values = (rng.laplace(size=100_000) + 1).astype(np.float32)
    stats = observe(values)
    found = true_error(values, range_of(stats, "mse"))
    shares = np.linspace(0.05, 1, 60)
    best = min(
        true_error(values, (stats.minimum * low, stats.maximum * high))
        for low in shares
        for high in shares
    )
    assert found < best * 1.02


def test_a_flat_distribution_is_not_clipped():
    values = np.random.default_rng(0).uniform(-1, 3, 100_000).astype(np.float32)
    stats = observe(values)
    assert range_of(stats, "auto") == range_of(stats, "minmax")


def test_auto_does_not_clip_for_a_trifle():
    values = np.random.default_rng(0).uniform(0, 1, 100_000).astype(np.float32)
    stats = observe(values)
    assert range_of(stats, "mse")[1] < stats.maximum
    assert range_of(stats, "auto")[1] == stats.maximum


def test_entropy_keeps_what_is_not_rare():
    """A tenth of the values lies at the end; what is clipped counts as being there."""
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.uniform(0, 1, 90_000), np.full(10_000, 3)]).astype(np.float32)
    assert range_of(observe(values), "entropy") == (0, 3)
    assert range_of(observe(-values), "entropy") == (-3, 0)


def test_int16_clips_less_than_int8():
    values = np.random.default_rng(0).laplace(size=100_000).astype(np.float32)
    stats = observe(values)
    wide = range_of(stats, "mse", dtype="int16", symmetric=True)
    narrow = range_of(stats, "mse", dtype="int8", symmetric=True)
    assert narrow[1] < 0.9 * stats.maximum < 0.99 * stats.maximum < wide[1]


def test_percentile_by_hand():
    stats = observe(np.arange(1, 1001, dtype=np.float32))
    low, high = range_of(stats, "percentile", percentile=90)
    assert low == 0
    assert high == pytest.approx(900, rel=1 / 128)


def test_what_a_thinned_histogram_missed_counts():
    """An outlier that was seen as the maximum only is not free to clip."""
    inner = observe(np.linspace(-1, 1, 2000, dtype=np.float32).reshape(-1, 1))
    stats = TensorStats(**vars(inner) | {"maximum": 50.0, "channel_max": np.float32([50])})
    assert error_of(stats, (-1.0, 1.0)) > 2000


def test_nothing_finite_has_an_empty_range():
    stats = observe(np.full(4, np.nan, np.float32))
    for method in METHODS:
        with np.errstate(all="raise"):
            assert range_of(stats, method) == (0.0, 0.0)


def test_an_unknown_method():
    with pytest.raises(KeyError):
        range_of(observe(np.ones(1, np.float32)), "guess")


def test_a_range_is_searched_once_for_each_question():
    stats = observe(np.random.default_rng(0).laplace(size=100_000).astype(np.float32))
    asked = [("mse", "int8"), ("mse", "int16"), ("percentile", "int8")]
    first = [range_of(stats, method, dtype=dtype) for method, dtype in asked]
    assert len(set(first)) == len(asked)
    started = time.process_time()
    for _ in range(100):
        again = [range_of(stats, method, dtype=dtype) for method, dtype in asked]
    assert again == first
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("method", METHODS)
def test_a_model_of_two_hundred_tensors_takes_seconds(method):
    values = np.random.default_rng(0).normal(size=50_000).astype(np.float32)
    many = [observe(values) for _ in range(10)]
    started = time.process_time()
    for stats in many:
        range_of(stats, method)
    assert (time.process_time() - started) * 20 < 8
