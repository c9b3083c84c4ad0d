"""What is known of a tensor, and that it can be merged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.fakes.stats import assert_same
from tflitekit.quantize.calibration.stats import bin_edges, observe, sorted_bins

arrays = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.just(3)),
    elements=st.floats(-1e6, 1e6, width=32),
)


def test_by_hand():
    stats = observe(np.float32([[1, -2], [3, -2], [0, 4]]))
    assert (stats.count, stats.minimum, stats.maximum) == (6, -2.0, 4.0)
    assert (stats.channel_min == [0, -2]).all()
    assert (stats.channel_max == [3, 4]).all()
    assert (stats.channel_sum == [4, 0]).all()
    assert (stats.channel_sum2 == [10, 24]).all()
    assert stats.channel_count == 3
    assert stats.bins.tolist() == [0xC000, 0x0000, 0x3F80, 0x4040, 0x4080]
    assert stats.counts.tolist() == [2, 1, 1, 1, 1]


@given(arrays)
def test_bins_are_in_order_and_hold_their_values(values):
    stats = observe(values)
    low, high = bin_edges(stats.bins)
    assert (low <= high).all()
    assert (high[:-1] <= low[1:]).all()
    assert stats.counts.sum() == values.size
    for value in values.ravel():
        assert ((low <= value) & (value <= high)).any()


@given(arrays, arrays)
def test_merging_equals_one_pass(first, second):
    assert_same(observe(first).merged(observe(second)), observe(np.concatenate([first, second])))


@given(arrays, arrays)
def test_merging_does_not_depend_on_the_order(first, second):
    one, other = observe(first), observe(second)
    assert_same(one.merged(other), other.merged(one))


def test_merging_with_what_is_of_another_shape():
    with pytest.raises(ValueError, match="different shapes"):
        observe(np.zeros((1, 2), np.float32)).merged(observe(np.zeros((1, 3), np.float32)))


def test_nan_and_infinities_are_counted_and_left_out():
    stats = observe(np.float32([np.nan, np.inf, -np.inf, 2]).reshape(4, 1))
    assert (stats.nonfinite, stats.count, stats.minimum, stats.maximum) == (3, 4, 2.0, 2.0)
    assert stats.counts.sum() == 1
    assert stats.channel_sum == [2]


def test_nothing_but_nan():
    stats = observe(np.full(3, np.nan, np.float32))
    assert (stats.minimum, stats.maximum, stats.bins.size) == (np.inf, -np.inf, 0)


def test_a_scalar_has_one_channel():
    stats = observe(np.array(5, np.float32))
    assert stats.channel_sum.tolist() == [5]
    assert stats.channel_count == 1


def test_sorted_bins_add_up():
    bins, counts = sorted_bins(np.uint16([5, 0x8001, 5, 0]), np.uint64([1, 2, 3, 2**63]))
    assert bins.tolist() == [0x8001, 0, 5]
    assert counts.tolist() == [2, 2**63, 4]
