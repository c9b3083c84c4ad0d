import numpy as np
import pytest

from tflitekit.bench.stats import summarize_latency


def test_known_samples():
    summary = summarize_latency(range(1, 102))
    assert (summary.n, summary.min, summary.median, summary.max) == (101, 1, 51, 101)
    assert summary.p90 == pytest.approx(91)
    assert summary.p99 == pytest.approx(100)


def test_the_order_of_samples_does_not_matter():
    samples = np.random.default_rng(0).lognormal(size=200)
    assert summarize_latency(samples.tolist()) == summarize_latency(sorted(samples.tolist()))


def test_percentiles_that_would_be_the_maximum_are_left_out():
    assert summarize_latency(range(99)).p99 is None
    assert summarize_latency(range(100)).p99 is not None
    assert summarize_latency(range(9)).p90 is None


def test_too_few_samples_have_no_interval():
    assert summarize_latency([1.0, 2.0, 3.0]).ci95 is None


def test_no_samples():
    with pytest.raises(ValueError, match="no samples"):
        summarize_latency([])


def test_the_interval_covers_the_true_median_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        low, high = summarize_latency(rng.exponential(size=60).tolist()).ci95
        covered += low <= np.log(2) <= high
    assert covered >= 0.93 * 400
