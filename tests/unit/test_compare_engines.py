"""How the comparison of engines tells a difference from noise."""

import numpy as np
import pytest

from tools.compare_engines.judge import Estimate, difference, estimate, sqnr_db
from tools.compare_engines.report import markdown

LABELS = np.arange(400) % 2


def share_of_right(answers, rows):
    return float((answers == LABELS[rows]).mean())


def answers(*wrong):
    """Answers of one draw that are right but for these samples, [1, N]."""
    given = LABELS.astype(np.float64)
    given[list(wrong)] = -1
    return given[None]


def test_sqnr_is_the_ratio_of_the_powers_in_decibels():
    expected = np.array([3.0, 4.0])
    assert sqnr_db(expected, expected + np.array([0.5, 0.0])) == pytest.approx(20)
    assert sqnr_db(expected, expected) == float("inf")


def test_the_standard_error_of_a_share():
    found = estimate(answers(*range(100)), share_of_right)
    assert found.value == 0.75
    assert found.error == pytest.approx(np.sqrt(0.75 * 0.25 / 400), rel=0.15)


def test_what_both_get_wrong_is_no_noise():
    hard = range(100)
    even = difference(answers(*hard), answers(*hard), share_of_right)
    assert (even.value, even.error) == (0, 0)
    worse = difference(answers(*hard, *range(200, 220)), answers(*hard), share_of_right)
    assert worse.value == pytest.approx(-0.05)
    assert worse.is_loss
    assert not worse.is_gain


def test_a_few_samples_either_way_are_noise():
    found = difference(answers(1, 2, 3), answers(4, 5), share_of_right)
    assert found.value < 0
    assert not found.is_loss


def test_draws_that_disagree_are_noise():
    ours = np.concatenate([answers(*range(20)), answers(), answers()])
    theirs = np.concatenate([answers()] * 3)
    found = difference(ours, theirs, share_of_right)
    # The draws lose 20, 0 and 0 of 400: their standard deviation over the root of their number.
    assert found.error > np.std([0.05, 0, 0], ddof=1) / np.sqrt(3)
    assert not found.is_loss


def test_an_estimate_is_beyond_noise_from_two_standard_errors_on():
    assert Estimate(2.1, 1).is_gain
    assert Estimate(-2.1, 1).is_loss
    assert not Estimate(1.9, 1).is_gain
    assert not Estimate(-1.9, 1).is_loss


def test_a_bar_in_a_cell_does_not_end_it():
    assert markdown(("a", "b"), [("x|y", "z")]) == "| a | b |\n| --- | --- |\n| x\\|y | z |\n"
