"""How far answers agree, by hand-computed cases."""

import numpy as np
import pytest

from tflitekit.bench.agreement import AgreementTally
from tflitekit.graph.spec import TensorSpec

INT8 = TensorSpec("y", (1, 3), "int8", 0.5, -10)
FLOAT = TensorSpec("y", (1, 3), "float32")


def agreement(spec, *parts):
    tally = AgreementTally([spec])
    for own, other in parts:
        tally.add({"y": own}, {"y": other})
    (found,) = tally.outputs()
    return found


def test_integers_are_compared_in_steps():
    own = np.array([[[1, 2, 3]], [[1, 2, -3]]], np.int8)
    other = np.array([[[1, 2, 5]], [[3, 2, -4]]], np.int8)
    found = agreement(INT8, (own, other))
    assert (found.unit, found.elements, found.exact) == ("steps", 6, 0.5)
    assert (found.largest, found.mean, found.same_top1) == (2, pytest.approx(5 / 6), 0.5)


def test_extreme_integers_do_not_overflow():
    own, other = np.array([[[-128, 0]]], np.int8), np.array([[[127, 0]]], np.int8)
    assert agreement(INT8, (own, other)).largest == 255


def test_float_answers_are_rounded_to_the_steps_for_exactness_only():
    own = np.array([[[-10, -8, -6]]], np.int8)  # 0.0, 1.0, 2.0
    other = np.array([[[0.1, 1.0, 3.0]]], np.float32)
    found = agreement(INT8, (own, other))
    assert found.exact == pytest.approx(2 / 3)
    assert found.largest == pytest.approx(2)
    assert found.mean == pytest.approx((0.2 + 0 + 2) / 3)
    assert found.same_top1 == 1


def test_floats_are_compared_in_their_own_units():
    own = np.array([[[1.0, 2.0, np.inf]]], np.float32)
    other = np.array([[[1.0, 2.5, np.inf]]], np.float32)
    found = agreement(FLOAT, (own, other))
    assert (found.unit, found.exact) == ("values", pytest.approx(2 / 3))
    assert (found.largest, found.mean) == (0.5, pytest.approx(0.5 / 3))


@pytest.mark.parametrize("spec", [FLOAT, INT8])
def test_a_number_and_none_have_no_difference(spec):
    own = np.array([[[1.0, 2.0, 3.0]]], np.float32 if spec is FLOAT else np.int8)
    other = np.array([[[1.0, 2.0, np.nan]]], np.float32)
    found = agreement(spec, (own, other))
    assert (found.largest, found.mean) == (None, None)
    assert found.exact < 1


def test_two_that_are_no_numbers_are_equal():
    values = np.array([[[1.0, np.nan, 2.0]]], np.float32)
    found = agreement(FLOAT, (values, values))
    assert (found.exact, found.largest) == (1, 0)


def test_parts_give_what_the_whole_gives():
    rng = np.random.default_rng(0)
    own, other = rng.integers(-128, 128, (2, 20, 1, 3)).astype(np.int8)
    parts = [(own[part], other[part]) for part in (slice(0, 7), slice(7, 20))]
    assert agreement(INT8, *parts) == agreement(INT8, (own, other))


def test_a_sample_of_several_rows_agrees_where_all_do():
    own = np.array([[[1, 2], [2, 1]], [[1, 2], [1, 2]]], np.int8)
    other = np.array([[[1, 2], [1, 2]], [[0, 9], [0, 9]]], np.int8)
    assert agreement(INT8, (own, other)).same_top1 == 0.5


def test_single_numbers_have_no_order():
    own = np.zeros((4, 1, 1), np.int8)
    assert agreement(INT8, (own, own)).same_top1 is None
