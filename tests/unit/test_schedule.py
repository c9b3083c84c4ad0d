import pytest
from hypothesis import given
from hypothesis import strategies as st

from tflitekit.bench.schedule import schedule


def test_two_models_take_turns_as_abba():
    assert "".join("AB"[i] for i in schedule(2, 4)) == "ABBAABBA"
    assert "".join("ABC"[i] for i in schedule(3, 2)) == "ABCCBA"
    assert schedule(1, 3) == (0, 0, 0)
    assert schedule(2, 0) == ()


@given(st.integers(1, 6), st.integers(0, 20))
def test_every_round_has_each_model_once(models, rounds):
    order = schedule(models, rounds)
    for i in range(rounds):
        assert sorted(order[i * models : (i + 1) * models]) == list(range(models))


@given(st.integers(1, 6), st.integers(1, 10))
def test_a_steady_drift_adds_the_same_to_each_model(models, pairs):
    order = schedule(models, 2 * pairs)
    sums = [sum(at for at, model in enumerate(order) if model == i) for i in range(models)]
    assert len(set(sums)) == 1
    assert sums[0] == pytest.approx(sum(range(len(order))) / models)
