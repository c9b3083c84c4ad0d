import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tflitekit.bench.stats import (
    MIN_REPEATS,
    bootstrap_interval,
    estimate,
    interval_of_median,
    medians,
    summarize_latency,
)

times = st.integers(1, 10**9)


def test_known_samples():
    summary = summarize_latency([range(1, 102), range(11, 112), range(2, 103)])
    assert (summary.n, summary.repeats) == (303, 3)
    assert (summary.min, summary.median, summary.max) == (1, 52, 111)
    assert summary.p90 == pytest.approx(92)
    assert summary.p99 == pytest.approx(101)


def test_one_disturbed_repeat_does_not_move_the_figures():
    quiet = [[100.0 + i] * 100 for i in range(9)]
    summary = summarize_latency([*quiet, [1e6] * 100])
    assert summary.median == 104.5
    assert summary.p99 == 104.5


def test_the_order_of_samples_and_of_repeats_does_not_matter():
    rng = np.random.default_rng(0)
    repeats = rng.lognormal(size=(6, 200)).tolist()
    assert summarize_latency(repeats) == summarize_latency([sorted(one) for one in repeats])
    assert summarize_latency(repeats).median == summarize_latency(repeats[::-1]).median


def test_percentiles_that_would_be_the_maximum_are_left_out():
    assert summarize_latency([range(100), range(99)]).p99 is None
    assert summarize_latency([range(100), range(100)]).p99 is not None
    assert summarize_latency([range(9), range(100)]).p90 is None


def test_too_few_repeats_have_no_interval():
    few = [[1.0, 2.0, 3.0]] * (MIN_REPEATS - 1)
    assert summarize_latency(few).ci95 is None
    assert summarize_latency([*few, [2.0]]).ci95 == (2.0, 2.0)


@pytest.mark.parametrize("repeats", [[], [[]], [[1.0], []]])
def test_no_samples(repeats):
    with pytest.raises(ValueError, match="no samples"):
        summarize_latency(repeats)


def test_more_samples_of_the_same_repeats_do_not_narrow_the_interval():
    """What differs from start to start is not known better by looking longer at each."""
    rng = np.random.default_rng(0)
    levels = rng.normal(100, 3, 8)
    short, long = ([level + rng.normal(0, 0.1, n) for level in levels] for n in (50, 5000))
    width = [np.ptp(interval_of_median(medians(one))) for one in (short, long)]
    assert width[1] == pytest.approx(width[0], rel=0.1)


@pytest.mark.parametrize("repeats", [5, 6, 10])
@pytest.mark.parametrize("tail", [0.0, 0.15])
def test_the_interval_covers_the_true_median_as_often_as_it_says(repeats, tail):
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        values = rng.normal(size=repeats)
        disturbed = np.where(rng.random(repeats) < tail, rng.choice([-20, 20], repeats), values)
        low, high = interval_of_median(disturbed)
        covered += low <= 0 <= high
    assert covered >= 0.9 * 300


@settings(deadline=None, max_examples=50)
@given(st.lists(times, min_size=1, max_size=12))
def test_an_estimate_lies_within_its_interval(values):
    found = estimate(values)
    assert found.value == np.median(values)
    if len(values) < MIN_REPEATS:
        assert found.ci95 is None
    else:
        low, high = found.ci95
        assert min(values) <= low <= high <= max(values)


def test_the_same_values_give_the_same_interval():
    values = np.random.default_rng(2).normal(size=9).tolist()
    assert interval_of_median(values) == interval_of_median(values)


def test_values_that_hardly_vary_have_an_interval_all_the_same():
    assert interval_of_median([1.0] * 9 + [2.0]) == (1.0, 1.0)
    assert bootstrap_interval(([1.0] * 5, [3.0] * 5), _difference) == (2.0, 2.0)


def _difference(one, other, axis=-1):
    return np.median(other, axis=axis) - np.median(one, axis=axis)
