"""Rounding with error feedback, by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tflitekit.quantize.corrections import rounding
from tflitekit.quantize.corrections.rounding import round_rows


def moments(rng, columns, correlation):
    """Of inputs that have a part in common."""
    x = rng.normal(0, 1, (4 * columns, columns)) + correlation * rng.normal(0, 1, (4 * columns, 1))
    return x.T @ x / len(x)


def noise(error, second):
    return np.einsum("oi,ij,oj->o", error, second, error)


@pytest.mark.parametrize("columns", [9, 128, 300])
def test_correlated_inputs_lose_far_less_than_by_the_nearest(columns):
    rng = np.random.default_rng(0)
    weights, second = rng.uniform(-120, 120, (20, columns)), moments(rng, columns, 3.0)
    nearest = np.rint(weights)
    rounded = round_rows(weights, second, nearest)
    assert np.array_equal(rounded, np.rint(rounded))
    assert noise(rounded - weights, second).sum() < 0.5 * noise(nearest - weights, second).sum()


def test_the_size_of_a_block_changes_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    weights, second = rng.uniform(-120, 120, (20, 50)), moments(rng, 50, 3.0)
    whole = round_rows(weights, second, np.rint(weights))
    monkeypatch.setattr(rounding, "_BLOCK", 7)
    assert np.array_equal(round_rows(weights, second, np.rint(weights)), whole)


def test_independent_inputs_keep_the_nearest():
    weights = np.random.default_rng(1).uniform(-120, 120, (5, 40))
    nearest = np.rint(weights)
    assert np.array_equal(round_rows(weights, np.eye(40), nearest), nearest)


@given(st.integers(0, 10**6), st.integers(1, 30), st.floats(0, 5), st.booleans())
@settings(max_examples=80, deadline=None)
def test_no_row_gets_worse_or_leaves_the_range(seed, columns, correlation, dead):
    rng = np.random.default_rng(seed)
    weights, second = rng.uniform(-127, 127, (6, columns)), moments(rng, columns, correlation)
    if dead:
        second[0], second[:, 0] = 0, 0
    nearest = np.clip(np.rint(weights), -127, 127)
    rounded = round_rows(weights, second, nearest)
    assert np.abs(rounded).max() <= 127
    before, after = (noise(one - weights, second) for one in (nearest, rounded))
    assert (after <= before * (1 + 1e-9)).all()


def test_inputs_that_are_always_zero_keep_the_nearest():
    weights = np.random.default_rng(2).uniform(-120, 120, (5, 8))
    assert np.array_equal(round_rows(weights, np.zeros((8, 8)), np.rint(weights)), np.rint(weights))
