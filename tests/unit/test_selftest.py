import json
from itertools import pairwise

import numpy as np

from tests.fakes.bench_results import repeat
from tflitekit.bench.selftest import EFFECTS, self_test, smallest_effect
from tflitekit.report.selftest_text import selftest_json, selftest_rows, selftest_sentences


def starts(spread, n=200, seed=0):
    """Medians of starts that differ by this share."""
    return np.random.default_rng(seed).normal(1000, 1000 * spread, n).tolist()


def test_a_quiet_device_sees_small_effects():
    found = self_test(starts(0.005), 20)
    assert (found.starts, found.repeats, found.comparisons) == (200, 20, 81)
    assert found.false_alarm_rate <= 0.05
    assert found.smallest_effect <= 0.02


def test_the_noisier_the_device_the_larger_the_smallest_effect():
    effects = [self_test(starts(spread), 20).smallest_effect for spread in (0.005, 0.03, 0.1)]
    assert effects == sorted(effects)
    assert effects[0] < effects[1] < effects[2]


def test_more_repeats_see_smaller_effects():
    times = starts(0.05, n=400)
    assert self_test(times, 40).smallest_effect < self_test(times, 10).smallest_effect


def test_a_device_on_which_nothing_can_be_seen():
    rng = np.random.default_rng(0)
    found = self_test((1000 * rng.choice([1, 8], 60)).tolist(), 5)
    assert found.smallest_effect is None
    assert "Not even a slowdown of 100 %" in selftest_sentences(found)[1]


def test_load_that_follows_the_turns_is_a_false_alarm():
    """ABBA does not help against what takes turns itself."""
    found = self_test([1000.0 + i / 100 + 200 * (i % 4 in (1, 2)) for i in range(120)], 10)
    # A step of two: the side that is hindered is now the one, now the other.
    assert found.false_alarms == found.comparisons == 51


def test_there_are_at_most_a_hundred_windows():
    assert self_test(starts(0.01, n=1000), 5).comparisons <= 100


def test_what_is_found_grows_with_the_effect():
    shares = list(self_test(starts(0.03), 20).found.values())
    assert shares[-1] == 1.0
    assert shares[0] < 0.9
    assert all(one <= other + 0.1 for one, other in pairwise(shares))


def test_the_words_name_the_figures():
    found = self_test(starts(0.02), 20)
    first, second = selftest_sentences(found)
    assert f"{found.false_alarms} of 81 comparisons" in first
    assert f"{100 * found.smallest_effect:g} %" in second
    assert [row[0] for row in selftest_rows(found)] == [f"{100 * one:g} %" for one in EFFECTS]


def test_the_result_can_be_made_again_from_the_json():
    times = starts(0.02, n=40)
    found = self_test(times, 5)
    report = json.loads(json.dumps(selftest_json("m", found, [repeat([us]) for us in times], ())))
    assert report["schema"] == "tflitekit.selftest/1"
    again = self_test(report["medians_us"], report["repeats"])
    assert again.false_alarms == report["false_alarms"]
    assert again.smallest_effect == report["smallest_effect"]


def test_a_lucky_small_effect_does_not_count():
    assert smallest_effect({0.02: 0.95, 0.03: 0.5, 0.05: 0.95, 0.1: 1.0}) == 0.05
    assert smallest_effect({0.02: 1.0, 0.1: 0.8}) is None
