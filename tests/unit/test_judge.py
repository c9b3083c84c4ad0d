"""Verdicts: every case once, and that a worse value never gets a better one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tflitekit.gates.judge import _outcome, judge
from tflitekit.gates.limit import Limit, Tolerance, parse_limit
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.gates.verdict import WORST_FIRST


def measured(quantity, value, low=None, high=None, **rest):
    return Measurement(quantity, value, low, high, **rest)


def size(value, **rest):
    return measured("size", value, **rest)


def latency(value, low=None, high=None, **rest):
    return measured("latency", value, low, high, device="phone", **rest)


ABSOLUTE = [
    # budget, observed, outcome, reason
    (("size", "150 kB"), size(138e3), "passed", "138 kB is 12 kB (8 %) below the limit of 150 kB"),
    (("size", "150 kB"), size(150e3), "passed", "150 kB equals the limit"),
    (("size", "150 kB"), size(150_001), "failed", "150.001 kB is 1 B (0.000667 %) above"),
    (("float_tensors", 0), measured("float_tensors", 0), "passed", "0 equals the limit"),
    (("float_tensors", 0), measured("float_tensors", 1), "failed", "1 is 1 above the limit of 0"),
    (("accuracy", "98 %"), measured("accuracy", 0.98), "passed", "98 % equals the limit"),
    (("accuracy", "98 %"), measured("accuracy", 0.97), "failed", "97 % is 1 pt below the limit"),
    (("accuracy", "98 %"), measured("accuracy", 0.97, 0.9, 0.99), "failed", "97 % is 1 pt below"),
    (("runtime", "2.13"), measured("runtime", 2_014_000), "failed", "2.14 is above the limit of"),
    (("latency", "2 ms"), latency(1900, 1850, 1950), "passed", "1.9 ms (1.85 ms to 1.95 ms) is"),
    (("latency", "2 ms"), latency(1950, 1900, 2000), "passed", "50 µs (2.5 %) below the limit"),
    (("latency", "2 ms"), latency(1950, 1900, 2001), "inconclusive", "on either side"),
    (("latency", "2 ms"), latency(2050, 2000, 2100), "inconclusive", "raise repeats"),
    (("latency", "2 ms"), latency(2050, 2001, 2100), "failed", "50 µs (2.5 %) above the limit"),
    # The interval of a bootstrap may leave out the value itself.
    (("latency", "2 ms"), latency(2050, 1900, 1950), "inconclusive", "(1.9 ms to 2.05 ms)"),
    (("latency", "2 ms"), latency(1850, 1900, 1950), "passed", "(1.85 ms to 1.95 ms)"),
    (("latency", "2 ms"), latency(1000), "inconclusive", "1 ms has no interval"),
    (("latency", "2 ms"), latency(float("nan")), "inconclusive", "no finite number"),
    (
        ("latency", "2 ms"),
        latency(9000, 8999, 9001, void=("NOISY", "HOT")),
        "inconclusive",
        '9 ms is void: NOISY, HOT; allow = ["NOISY", "HOT"] in [devices.phone] would accept it',
    ),
]

RELATIVE = [
    # budget, observed, baseline, outcome, reason
    ("3 %", size(154.5e3), size(150e3), "passed", "4.5 kB (3 %) above the baseline of 150 kB"),
    (
        "3 %",
        size(154_501),
        size(150e3),
        "failed",
        "150 kB; 154 kB would be allowed",
    ),
    ("3 kB", size(153e3), size(150e3), "passed", "3 kB (2 %) above"),
    ("3 kB", size(154e3), size(150e3), "failed", "4 kB (2.67 %) above"),
    ("3 %", size(140e3), size(150e3), "passed", "below the baseline of 150 kB, which is better; a"),
    ("3 %", size(150e3), size(150e3), "passed", "150 kB equals the baseline"),
    ("2 %", measured("float_tensors", 1), measured("float_tensors", 0), "failed", "1 above the"),
    (0, measured("float_tensors", 1), measured("float_tensors", 0), "failed", "baseline of 0"),
    (1, measured("float_tensors", 1), measured("float_tensors", 0), "passed", "1 is 1 above"),
    ("2 %", measured("float_tensors", 0), measured("float_tensors", 0), "passed", "0 equals"),
    (
        "0.5 pt",
        measured("accuracy", 0.98),
        measured("accuracy", 0.985),
        "passed",
        "98 % is 0.5 pt below the baseline of 98.5 %",
    ),
    ("0.5 pt", measured("accuracy", 0.97), measured("accuracy", 0.98), "failed", "1 pt below"),
    # As doubles 0.1 - 0.01 is a little more than 0.09.
    ("1 pt", measured("accuracy", 0.09), measured("accuracy", 0.1), "passed", "9 % is 1 pt below"),
    ("1 %", measured("accuracy", 0.971), measured("accuracy", 0.98), "passed", "0.9 pt below"),
    ("1 %", measured("accuracy", 0.97), measured("accuracy", 0.98), "failed", "1 pt below"),
    # A score may be negative; worse is then further from 0.
    ("1 %", measured("accuracy", -5.04), measured("accuracy", -5), "passed", "0.04 below"),
    ("1 %", measured("accuracy", -5.06), measured("accuracy", -5), "failed", "0.06 below"),
    (0, measured("runtime", 2_014_000), measured("runtime", 2_013_000), "failed", "2.14 is above"),
    ("5 %", latency(2000, 1990, 2010), latency(1990, 1980, 2000), "passed", "10 µs (0.503 %)"),
    ("5 %", latency(2000, 1950, 2080), latency(1990, 1980, 2000), "inconclusive", "either side"),
    ("5 %", latency(2090, 2080, 2095), latency(1990, 1970, 2010), "inconclusive", "either side"),
    ("5 %", latency(2200, 2150, 2250), latency(1990, 1970, 2010), "failed", "(10.6 %) above"),
    ("5 %", latency(1500, 1450, 1550), latency(1990, 1970, 2010), "passed", "which is better"),
    (
        "5 %",
        latency(1980, 1970, 1990),
        latency(1990, 1980, 2000),
        "passed",
        "(0.503 %) below",
    ),
    # Of a baseline that may be 0, three times as much may be 0, too.
    ("300 %", latency(1.5, 1.4, 1.6), latency(0.5, -1, 1), "inconclusive", "either side"),
    ("5 %", latency(2000), latency(1990, 1980, 2000), "inconclusive", "2 ms has no interval"),
    ("5 %", latency(2000, 1990, 2010), latency(1990), "inconclusive", "the baseline has no int"),
    (
        "5 %",
        latency(2000, 1990, 2010),
        latency(1990, 1980, 2000, void=("HOT",)),
        "inconclusive",
        "the baseline is void: HOT",
    ),
    (
        "5 %",
        latency(2000, 1990, 2010),
        None,
        "inconclusive",
        "the baseline has no latency of digits on phone; tflitekit check --save-baseline",
    ),
    (
        "5 %",
        latency(2000, 1990, 2010, setting={"threads": "4", "cpu": "A76", "runtime": "2.1"}),
        latency(1990, 1980, 2000, setting={"threads": "1", "cpu": "A76", "samples": "9"}),
        "inconclusive",
        "measured differently: runtime 2.1, there unknown; samples unknown, there 9; "
        "threads 4, there 1",
    ),
    (
        "5 %",
        latency(2000, 1990, 2010),
        replace(latency(1990, 1980, 2000), device="tablet"),
        "inconclusive",
        "device phone, there tablet",
    ),
]


@pytest.mark.parametrize(("budget", "observed", "outcome", "reason"), ABSOLUTE)
def test_bounds(budget, observed, outcome, reason):
    limit = parse_limit(*budget)
    (verdict,) = judge("digits", limit, observed, observed)
    assert verdict.outcome == outcome, verdict.reason
    assert reason in verdict.reason
    assert (verdict.kind, verdict.limit) == ("absolute", limit.bound_words)
    assert (verdict.observed, verdict.baseline) == (observed, None)
    assert (verdict.model, verdict.device) == ("digits", observed.device)


@pytest.mark.parametrize(("regression", "observed", "baseline", "outcome", "reason"), RELATIVE)
def test_tolerances(regression, observed, baseline, outcome, reason):
    limit = parse_limit(observed.quantity, {"regression": regression})
    (verdict,) = judge("digits", limit, observed, baseline)
    assert verdict.outcome == outcome, verdict.reason
    assert reason in verdict.reason
    assert (verdict.kind, verdict.limit) == ("relative", limit.tolerance_words)
    assert verdict.baseline == baseline


def test_only_what_is_better_for_certain_asks_for_a_new_baseline():
    limit = parse_limit("latency", {"regression": "5 %"})
    (verdict,) = judge("m", limit, latency(1980, 1970, 1990), latency(1990, 1980, 2000))
    assert "better" not in verdict.reason


def test_what_was_not_measured_is_open_and_tells_why():
    limit = parse_limit("latency", {"limit": "2 ms", "regression": "5 %"})
    verdicts = judge("m", limit, None, latency(1), device="phone", error="it was unplugged")
    assert [one.kind for one in verdicts] == ["absolute", "relative"]
    for verdict in verdicts:
        assert (verdict.outcome, verdict.device) == ("inconclusive", "phone")
        assert verdict.reason == "not measured: it was unplugged"


def test_each_kind_is_judged_by_itself():
    limit = parse_limit("size", {"limit": "150 kB", "regression": "1 %"})
    verdicts = judge("m", limit, size(145e3), size(140e3))
    assert [(one.kind, one.outcome) for one in verdicts] == [
        ("absolute", "passed"),
        ("relative", "failed"),
    ]
    assert judge("m", Limit("size"), size(1)) == ()


def test_the_side_of_a_limit_that_may_be_anywhere_between_two_values():
    accuracy = QUANTITIES["accuracy"]
    assert _outcome((0.8, 0.9), (0.6, 0.8), accuracy) == "passed"
    assert _outcome((0.7, 0.9), (0.6, 0.8), accuracy) == "inconclusive"
    assert _outcome((0.4, 0.5), (0.6, 0.8), accuracy) == "failed"


def test_another_quantity_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="macs was measured, but size"):
        judge("m", parse_limit("size", 1), measured("macs", 1))


NAMES = st.sampled_from(sorted(QUANTITIES))
VALUES = st.floats(-1e6, 1e6, allow_subnormal=False)
WIDTHS = st.floats(0, 1e5)


@st.composite
def measurements(draw, quantity):
    value, below, above = draw(VALUES), draw(WIDTHS), draw(WIDTHS)
    return Measurement(quantity, value, value - below, value + above)


@st.composite
def limits(draw, quantity):
    tolerance = Tolerance(draw(st.floats(0, 5)), draw(st.booleans()))
    return Limit(quantity, draw(VALUES), tolerance)


@given(st.data(), NAMES, WIDTHS)
def test_a_worse_value_never_gets_a_better_outcome(data, name, step):
    limit, observed = data.draw(limits(name)), data.draw(measurements(name))
    baseline = data.draw(measurements(name))
    worse = step if QUANTITIES[name].better == "lower" else -step
    shifted = replace(
        observed,
        value=observed.value + worse,
        low=observed.low + worse,
        high=observed.high + worse,
    )
    before = judge("m", limit, observed, baseline)
    after = judge("m", limit, shifted, baseline)
    for one, other in zip(before, after, strict=True):
        assert WORST_FIRST.index(other.outcome) <= WORST_FIRST.index(one.outcome)


@given(st.data(), NAMES, WIDTHS)
def test_a_wider_interval_never_decides_more(data, name, wider):
    limit, observed = data.draw(limits(name)), data.draw(measurements(name))
    baseline = data.draw(measurements(name))
    blurred = replace(observed, low=observed.low - wider, high=observed.high + wider)
    vague = replace(baseline, low=baseline.low - wider, high=baseline.high + wider)
    for one, other in zip(
        judge("m", limit, observed, baseline), judge("m", limit, blurred, vague), strict=True
    ):
        assert other.outcome in (one.outcome, "inconclusive")


@given(st.data(), NAMES)
def test_what_is_the_same_every_time_is_always_decided(data, name):
    limit, observed = data.draw(limits(name)), data.draw(measurements(name))
    outcomes = {one.outcome for one in judge("m", limit, observed, data.draw(measurements(name)))}
    if QUANTITIES[name].deterministic:
        assert "inconclusive" not in outcomes


@given(st.data(), NAMES)
def test_the_baseline_itself_never_fails(data, name):
    limit, observed = data.draw(limits(name)), data.draw(measurements(name))
    assert judge("m", limit, observed, observed)[1].outcome != "failed"
