"""Ratios of signal to noise, gathered piece by piece."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tflitekit.quantize.diagnosis.noise import LEAST_DB, MOST_DB, ChannelNoise, ratio_db


def noise_of(*pairs):
    noise = ChannelNoise()
    for reference, values in pairs:
        noise.add(np.float32(reference), np.float32(values))
    return noise


def test_ten_times_the_power_is_ten_decibels():
    assert ratio_db(10.0, 1.0) == pytest.approx(10)
    assert noise_of(([[3, 4]], [[3, 4.5]])).db == pytest.approx(20)


def test_no_noise_and_no_signal():
    assert ratio_db(1.0, 0.0) == MOST_DB
    assert ratio_db(0.0, 1.0) == LEAST_DB
    assert ratio_db(1.0, float("nan")) == LEAST_DB
    assert ratio_db(0.0, 0.0) == MOST_DB


def test_one_loud_channel_does_not_hide_the_others():
    reference = np.tile(np.float32([100, 1, 1]), (8, 1))
    noise = noise_of((reference, reference + 0.5))
    assert noise.db > 38
    assert noise.median_channel_db == pytest.approx(20 * np.log10(2))


def test_channels_that_are_always_0_do_not_count():
    reference = np.float32([[0, 0, 0, 1], [0, 0, 0, 1]])
    noise = noise_of((reference, reference + np.float32([0, 0, 0, 0.1])))
    assert noise.median_channel_db == pytest.approx(20, abs=1e-4)


def test_what_is_not_finite_in_the_reference_is_left_out():
    noise = noise_of(([[1, np.nan], [1, -np.inf]], [[1.1, 0], [1.1, 5]]))
    assert noise.db == pytest.approx(20, abs=1e-4)


def test_a_value_that_is_lost_altogether_is_all_noise():
    assert noise_of(([[1, 2]], [[1, np.nan]])).db == LEAST_DB


@given(st.integers(1, 5), st.integers(0, 100))
def test_pieces_add_up(pieces, seed):
    rng = np.random.default_rng(seed)
    reference = rng.normal(size=(10, 3, 4)).astype(np.float32)
    values = reference + rng.normal(size=reference.shape).astype(np.float32) / 10
    split = [np.array_split(one, pieces) for one in (reference, values)]
    parts, whole = noise_of(*zip(*split, strict=True)), noise_of((reference, values))
    assert parts.db == pytest.approx(whole.db)
    assert parts.median_channel_db == pytest.approx(whole.median_channel_db)


def test_a_scalar_output_has_one_channel():
    noise = noise_of(([1.0, 3.0], [1.1, 2.9]))
    assert noise.median_channel_db == pytest.approx(noise.db)
