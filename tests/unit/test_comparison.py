"""Whether the verdicts hold: false alarms and what is found, by simulation with fixed seeds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tflitekit.bench.comparison import compare, doubt, rank_test
from tflitekit.bench.resolution import RESOLUTION
from tflitekit.bench.schedule import COMPARED_REPEATS, schedule

ROUNDS = COMPARED_REPEATS
TRIALS = 200


def quiet(rng, n):
    """Starts that differ by 1 %."""
    return rng.normal(1000, 10, n)


def disturbed(rng, n):
    """The same, but every seventh takes up to twice as long."""
    return quiet(rng, n) * (1 + (rng.random(n) < 1 / 7) * rng.random(n))


def hot(rng, n):
    """A device that slows down by a third meanwhile."""
    return quiet(rng, n) * np.linspace(1, 1.33, n)


def loaded(rng, n):
    """Load that comes and goes for some starts in a row, and makes them take a third longer."""
    changes = rng.random(n) < 0.15
    return quiet(rng, n) * np.where(np.cumsum(changes) % 2, 1.33, 1.0)


MACHINES = [quiet, disturbed, hot, loaded]


def verdicts(machine, factor):
    """One verdict a trial of a model against itself, `factor` times as slow."""
    order = np.array(schedule(2, ROUNDS))
    rng = np.random.default_rng(0)
    for _ in range(TRIALS):
        times = machine(rng, 2 * ROUNDS)
        yield compare(times[order == 0].tolist(), (factor * times[order == 1]).tolist()).verdict


@pytest.mark.parametrize("machine", MACHINES)
def test_a_model_against_itself_seldom_differs(machine):
    assert sum(one != "inconclusive" for one in verdicts(machine, 1.0)) <= 0.05 * TRIALS


@pytest.mark.parametrize("machine", [quiet, disturbed])
def test_a_slowdown_of_5_percent_is_found(machine):
    assert sum(one == "slower" for one in verdicts(machine, 1.05)) >= 0.9 * TRIALS
    assert sum(one == "faster" for one in verdicts(machine, 1 / 1.05)) >= 0.9 * TRIALS


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_slower_is_never_called_faster(machine):
    assert "faster" not in verdicts(machine, 1.1)


def test_a_steady_difference_that_is_too_small_to_matter_has_no_verdict():
    times = np.random.default_rng(0).normal(1000, 0.1, (2, ROUNDS))
    found = compare(times[0].tolist(), (times[1] * (1 + RESOLUTION / 2)).tolist())
    assert found.p_value < 1e-6
    assert found.ci95[0] > 1
    assert found.verdict == "inconclusive"
    assert "placement in memory" in found.reason


def test_the_ratio_is_that_of_neighbours():
    first = [100.0, 200.0, 300.0, 400.0, 500.0]
    found = compare(first, [1.1 * us for us in first])
    assert found.ratio == pytest.approx(1.1)
    assert found.ci95 == pytest.approx((1.1, 1.1))
    # The unpaired test has no reason to see it.
    assert (found.verdict, found.p_value > 0.5) == ("inconclusive", True)


def test_too_few_rounds_have_a_ratio_and_no_more():
    found = compare([1.0] * 4, [2.0] * 4)
    assert (found.verdict, found.ratio, found.ci95, found.p_value) == (
        "inconclusive",
        2,
        None,
        None,
    )
    assert "5 repeats" in found.reason


def test_rounds_that_are_not_whole_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        compare([1.0] * 6, [1.0] * 5)


def test_the_rank_test_is_that_of_the_tables():
    """n = 5 and 5: U = 2 has p = 0.032, U = 3 has 0.056."""
    first = [1.0, 2.0, 3.0, 4.0, 7.0]
    assert rank_test(first, [5.0, 6.0, 8.0, 9.0, 10.0]) == pytest.approx(8 / 252)
    assert rank_test(first, [4.5, 5.0, 6.0, 9.0, 10.0]) == pytest.approx(14 / 252)
    assert rank_test([1.0] * 5, [1.0] * 5) == 1.0


@pytest.mark.parametrize(
    ("interval", "p_value", "text"),
    [
        ((1.02, 1.08), 0.001, None),
        ((0.92, 0.98), 0.001, None),
        ((0.99, 1.08), 0.001, "0.990 to 1.080"),
        ((1.02, 1.08), 0.02, "among themselves"),
        ((1.002, 1.012), 0.001, "less than 1%"),
        ((0.98, 0.995), 0.001, "less than 1%"),
    ],
)
def test_each_witness_can_stop_a_verdict(interval, p_value, text):
    found = doubt(interval, p_value)
    assert (text in found) if text else (found is None)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(1, 10**6), min_size=5, max_size=12).flatmap(
        lambda one: st.tuples(
            st.just(one), st.lists(st.integers(1, 10**6), min_size=len(one), max_size=len(one))
        )
    )
)
def test_any_times_have_a_comparison(pair):
    first, other = pair
    found = compare(first, other)
    low, high = found.ci95
    assert 0 < low <= high
    assert 0 < found.p_value <= 1
    assert (found.reason is None) == (found.verdict != "inconclusive")
    turned = compare(other, first)
    assert found.p_value == pytest.approx(turned.p_value)
    assert {found.verdict, turned.verdict} in ({"faster", "slower"}, {"inconclusive"})
