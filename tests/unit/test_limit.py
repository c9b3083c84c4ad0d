"""Limits as settings say them."""

import pytest

from tflitekit.gates.limit import Limit, Tolerance, parse_limit, parse_tolerance, tolerance_text


@pytest.mark.parametrize(
    ("quantity", "value", "limit"),
    [
        ("size", "150 kB", Limit("size", 150e3)),
        ("float_tensors", 0, Limit("float_tensors", 0)),
        ("runtime", "2.13", Limit("runtime", 2_013_000)),
        (
            "accuracy",
            {"limit": "98 %", "regression": "0.5 pt"},
            Limit("accuracy", 0.98, Tolerance(0.005)),
        ),
        ("latency", {"regression": "5 %"}, Limit("latency", None, Tolerance(0.05, True))),
        ("latency", {"regression": "0.1 ms"}, Limit("latency", None, Tolerance(100))),
        ("size", {"regression": "3 kB"}, Limit("size", None, Tolerance(3000))),
        ("float_tensors", {"regression": 0}, Limit("float_tensors", None, Tolerance(0))),
        ("error", {"limit": 5.2, "regression": 0.1}, Limit("error", 5.2, Tolerance(0.1))),
        ("runtime", {"regression": "0"}, Limit("runtime", None, Tolerance(0))),
    ],
)
def test_what_settings_say(quantity, value, limit):
    assert parse_limit(quantity, value) == limit


@pytest.mark.parametrize(
    ("quantity", "value", "part"),
    [
        ("siez", "1 kB", "there is no quantity siez"),
        ("size", {"regresion": "1 %"}, "there is no key regresion"),
        ("size", {}, "limits nothing"),
        ("size", [1], "[1] is no amount"),
        ("agreement", 98, "98 is more than 100 %"),
        ("accuracy", {"regression": 0.5}, "may mean points or percent; write 0.5 pt or 1 %"),
        ("size", {"regression": "0.5 pt"}, "is no unit here"),
        ("size", {"regression": "-3 %"}, "negative"),
        ("accuracy", {"regression": "-0.5 pt"}, "negative"),
        ("accuracy_drop", {"regression": "-0.5 pt"}, "negative"),
        ("error", {"regression": -0.1}, "negative"),
        ("size", {"regression": True}, "True is no tolerance"),
        ("latency", {"regression": "0.5 %"}, "0.5 % is less than the 1 % by which two runs"),
        (
            "latency",
            {"regression": 0},
            "0 µs is less than the 1 % by which two runs of one model may differ",
        ),
        ("memory", {"regression": "0.9 %"}, "0.9 % is less than the 1 % by which two runs"),
        ("runtime", {"regression": "1 %"}, "can only have 0"),
    ],
)
def test_what_makes_no_sense_is_told(quantity, value, part):
    with pytest.raises(ValueError) as raised:
        parse_limit(quantity, value)
    assert part in str(raised.value)


@pytest.mark.parametrize(
    ("quantity", "value", "words"),
    [
        ("size", "150 kB", ("at most 150 kB", "")),
        ("accuracy", {"regression": "0.5 pt"}, ("", "at most 0.5 pt below the baseline")),
        ("latency", {"regression": "5 %"}, ("", "at most 5 % above the baseline")),
        ("custom_ops", {"limit": 0, "regression": 0}, ("at most 0", "no worse than the baseline")),
        ("agreement", 0.999, ("at least 99.9 %", "")),
    ],
)
def test_words(quantity, value, words):
    limit = parse_limit(quantity, value)
    assert (limit.bound_words, limit.tolerance_words) == words


def test_percent_is_of_the_baseline_and_a_point_is_not():
    assert Tolerance(0.01, relative=True).of(0.98) == pytest.approx(0.0098)
    assert Tolerance(0.01).of(0.98) == 0.01
    assert Tolerance(0.01, relative=True).of(-5) == pytest.approx(0.05)
    assert Tolerance(0.5, relative=True).of(0) == 0


@pytest.mark.parametrize(
    ("text", "unit"), [("2 %", "bytes"), ("3 kB", "bytes"), ("0.5 pt", "score"), ("100 µs", "us")]
)
def test_a_tolerance_is_shown_as_it_is_written(text, unit):
    assert tolerance_text(parse_tolerance(text, unit), unit) == text
