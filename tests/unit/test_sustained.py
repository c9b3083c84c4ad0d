import pytest

from tflitekit.bench.sustained import last_against_first, parse_duration, windows_of
from tflitekit.errors import UsageError

SECOND = 1e6


def test_a_run_is_told_minute_by_minute():
    windows = windows_of([SECOND] * 60 + [1.5 * SECOND] * 80, 180)
    assert [(one.begin_s, one.end_s, one.n) for one in windows] == [
        (0, 60, 60),
        (60, 120, 40),
        (120, 180, 40),
    ]
    assert [one.median_us for one in windows] == [SECOND, 1.5 * SECOND, 1.5 * SECOND]
    assert last_against_first(windows) == 1.5


def test_a_short_run_has_two_halves():
    windows = windows_of([0.5 * SECOND] * 20, 10)
    assert [(one.begin_s, one.end_s, one.n) for one in windows] == [(0, 5, 10), (5, 10, 10)]


def test_times_that_were_told_are_believed():
    """Most inferences of a quick model are run and not kept."""
    windows = windows_of([10.0, 10.0, 30.0], 180, at_us=[0, 70 * SECOND, 130 * SECOND])
    assert [(one.n, one.median_us) for one in windows] == [(1, 10.0), (1, 10.0), (1, 30.0)]


def test_a_minute_without_a_sample_is_left_out_and_a_late_one_is_of_the_last():
    windows = windows_of([1.0, 2.0, 3.0], 180, at_us=[0, 130 * SECOND, 200 * SECOND])
    assert [(one.begin_s, one.n) for one in windows] == [(0, 1), (120, 2)]


def test_one_sample_can_be_compared_with_nothing():
    windows = windows_of([5.0], 10)
    assert last_against_first(windows) is None
    assert windows[0].median_us == 5.0


@pytest.mark.parametrize("seconds", [1, 59, 119, 120, 121, 600])
def test_windows_begin_at_zero_and_cover_every_sample(seconds):
    samples = [0.1 * SECOND] * (10 * seconds)
    windows = windows_of(samples, seconds)
    assert sum(one.n for one in windows) == len(samples)
    assert windows[0].begin_s == 0
    assert len(windows) == max(2, seconds // 60)


@pytest.mark.parametrize(
    ("text", "seconds"), [("10m", 600), ("90s", 90), ("90", 90), ("1.5h", 5400), ("24h", 86400)]
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "10 minutes", "-1m", "0.5s", "25h", "nan", "inf", "1e9"])
def test_what_is_no_duration(text):
    with pytest.raises(UsageError, match="no duration"):
        parse_duration(text)
