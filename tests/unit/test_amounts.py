"""Amounts with units: what people write is what is meant, and what is shown can be read back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tflitekit.gates.amounts import format_amount, format_apart, format_difference, parse_amount

NUMERIC = ("bytes", "count", "macs", "us", "share", "score", "number")


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("150 kB", "bytes", 150e3),
        ("150kb", "bytes", 150e3),
        ("1.5 MiB", "bytes", 1.5 * 2**20),
        ("0.5 GB", "bytes", 5e8),
        (150, "bytes", 150),
        ("12", "count", 12),
        (0, "count", 0),
        ("2.1 M", "macs", 2.1e6),
        ("2 ms", "us", 2000),
        ("54.7 µs", "us", 54.7),
        ("54.7 μs", "us", 54.7),
        ("3e-3 s", "us", 3000),
        (" 98 % ", "share", 0.98),
        ("99.9%", "score", 0.999),
        (0.98, "score", 0.98),
        ("-5.05", "score", -5.05),
        ("5.2", "number", 5.2),
        (-0.5, "number", -0.5),
        ("2.13", "version", 2_013_000),
        ("2.13.1", "version", 2_013_001),
    ],
)
def test_what_people_write(text, unit, value):
    assert parse_amount(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit", "part"),
    [
        (2, "us", "2 needs its unit; write such as 2 ms"),
        (2.1, "version", "2.1 is no version; write such as 2.13"),
        ("2", "version", "'2' is no version"),
        ("150 xB", "bytes", "'xB' in '150 xB' is no unit here; use B, kB"),
        ("1 MS", "us", "is no unit here; use us"),
        ("5 %", "number", "'%' in '5 %' is no unit here; use none"),
        ("abc", "bytes", "'abc' is no amount"),
        ("", "bytes", "'' is no amount"),
        (True, "count", "True is no amount"),
        (None, "count", "None is no amount"),
        (math.nan, "share", "is no amount"),
        (math.inf, "share", "is no amount"),
        ("1e999 kB", "bytes", "too large"),
        ("1.5", "count", "no whole number"),
        ("-1", "bytes", "negative"),
        ("١ kB", "bytes", "is no amount"),
    ],
)
def test_what_makes_no_sense_is_told(text, unit, part):
    with pytest.raises(ValueError) as raised:
        parse_amount(text, unit)
    assert part in str(raised.value)


@given(st.sampled_from(NUMERIC), st.integers(0, 10**12))
def test_what_is_shown_is_read_back(unit, number):
    whole = unit in ("bytes", "count", "macs")
    value = float(number) if whole else number / 1e7
    assert parse_amount(format_amount(value, unit, digits=13), unit) == pytest.approx(value)


@given(st.sampled_from(("bytes", "macs", "us", "share", "score")), st.integers(0, 10**12))
def test_three_digits_are_within_half_a_percent(unit, number):
    assert parse_amount(format_amount(number, unit), unit) == pytest.approx(number, rel=5.1e-3)


@given(*(st.integers(0, 999),) * 3)
def test_versions_are_read_back(major, minor, patch):
    value = major * 10**6 + minor * 10**3 + patch
    assert parse_amount(format_amount(value, "version"), "version") == value


@given(st.sampled_from(NUMERIC), st.floats(0, 1e9), st.floats(0, 1e9))
def test_values_that_differ_look_different(unit, first, other):
    texts = format_apart((first, other), unit)
    # Beyond 16 digits nothing is shown.
    if not math.isclose(first, other, rel_tol=1e-13):
        assert texts[0] != texts[1]


def test_no_more_digits_than_it_takes():
    assert format_apart((155_000, 150_000, 155_000), "bytes") == ("155 kB", "150 kB", "155 kB")
    assert format_apart((150_001, 150_000), "bytes") == ("150.001 kB", "150 kB")
    assert format_apart((0.99999, 1), "share") == ("99.999 %", "100 %")
    assert format_apart((5, 5), "count") == ("5", "5")


@pytest.mark.parametrize(
    ("value", "reference", "unit", "text"),
    [
        (153_200, 150_000, "bytes", "+3.2 kB"),
        (150_000, 153_200, "bytes", "-3.2 kB"),
        (0.98, 0.985, "score", "-0.5 pt"),
        (30.1, 30.2, "score", "-0.1"),
        (0.5, 0.4, "number", "+0.1"),
        (1, 0, "count", "+1"),
        (2200, 2000, "us", "+200 µs"),
    ],
)
def test_differences(value, reference, unit, text):
    assert format_difference(value, reference, unit) == text


def test_versions_have_no_difference():
    with pytest.raises(ValueError, match="no difference"):
        format_difference(2_013_000, 2_012_000, "version")


def test_scores_beyond_one_are_no_percentages():
    assert format_amount(0.98889, "score") == "98.89 %"
    assert format_amount(-5.0537, "score") == "-5.054"
    assert format_amount(1.2, "share") == "120 %"
    assert format_amount(-0.0, "score") == "0 %"
