"""A time that fails is measured again, and is red only if it fails again."""

from dataclasses import replace

import pytest

from tests.fakes.bench_results import timed
from tests.fakes.table_model import table_model
from tflitekit.errors import DeviceError
from tflitekit.gates.confirmation import confirmed, red_times
from tflitekit.gates.judge import judge
from tflitekit.gates.limit import parse_limit
from tflitekit.gates.measurement import Measurement
from tflitekit.pipeline.checking.check import check
from tflitekit.pipeline.checking.request import CheckRequest
from tflitekit.progress import SILENT

SLOW, FAST = 30.0, 10.0

SETTINGS = """\
[models.m]
file = "m.tflite"
budget.latency = "20 us"
budget.custom_ops = 0

[devices.one]
uri = "local"

[devices.two]
uri = "local"
threads = 2
"""


def verdict(quantity, value, limit, spread=0.0):
    ends = (value * (1 - spread), value * (1 + spread)) if spread else (None, None)
    observed = Measurement(quantity, value, *ends)
    (found,) = judge("m", parse_limit(quantity, limit), observed)
    return found


def latency(value, spread=0.01):
    return verdict("latency", value, "20 us", spread)


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (latency(SLOW), latency(SLOW), "failed"),
        (latency(SLOW), latency(FAST), "inconclusive"),
        (latency(SLOW), latency(SLOW, spread=0.9), "inconclusive"),
    ],
)
def test_a_red_time_needs_another(first, second, outcome):
    (found,) = confirmed([first], [second])
    assert found.outcome == outcome
    assert found.reason.startswith(first.reason)
    assert found.reason.endswith(second.reason)
    assert found.observed == first.observed


@pytest.mark.parametrize(
    "first", [latency(FAST), latency(SLOW, spread=0.9), verdict("size", 9.0, "1 B")]
)
def test_nothing_else_does(first):
    assert red_times([first]) == ()
    assert list(confirmed([first], [])) == [first]


def bench(monkeypatch, answers):
    """Benches find these medians, or raise, one after the other; gives the threads of each."""
    asked = []

    def benchmark(request, progress):
        asked.append(request.threads)
        answer = answers[len(asked) - 1]
        if isinstance(answer, Exception):
            raise answer
        (file,) = request.models
        starts = [[answer + 0.001 * n] * 3 for n in range(20)]
        return [replace(timed(starts), model=str(file), threads=request.threads)]

    monkeypatch.setattr("tflitekit.pipeline.measure.benchmark", benchmark)
    return asked


@pytest.mark.parametrize(
    ("answers", "asked", "outcomes"),
    [
        ([FAST, FAST], [1, 2], ["passed", "passed"]),
        ([FAST, SLOW, SLOW], [1, 2, 2], ["passed", "failed"]),
        ([SLOW, FAST, FAST], [1, 2, 1], ["inconclusive", "passed"]),
        ([SLOW, SLOW, SLOW, FAST], [1, 2, 1, 2], ["failed", "inconclusive"]),
        ([SLOW, FAST, DeviceError("gone")], [1, 2, 1], ["inconclusive", "passed"]),
    ],
)
def test_a_check_measures_only_devices_with_a_red_time_again(
    tmp_path, monkeypatch, answers, asked, outcomes
):
    (tmp_path / "tflitekit.toml").write_text(SETTINGS)
    (tmp_path / "m.tflite").write_bytes(table_model())
    found = bench(monkeypatch, answers)
    (model,) = check(CheckRequest(tmp_path / "tflitekit.toml"), SILENT).models
    assert found == asked
    assert [one.outcome for one in model.verdicts if one.quantity == "latency"] == outcomes
    assert [one.outcome for one in model.verdicts if one.quantity == "custom_ops"] == ["failed"]
    latencies = [one.value for one in model.measurements if one.quantity == "latency"]
    assert latencies == pytest.approx(answers[:2], rel=0.01)
