"""The memory's peak as the runner measures it, and hardware counters where there are some."""

from pathlib import Path

import pytest

from tflitekit.abi import ABIS
from tflitekit.progress import SILENT
from tflitekit.runtime.build import build_runner

pytestmark = pytest.mark.build

PMUS = Path("/sys/bus/event_source/devices")


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_pattern_has_a_figure_over_large_arrays(start, threads):
    records, status = start("mode=bandwidth", "seconds=0.01", f"threads={threads}")
    assert status == 0
    found = {record["pattern"]: record for record in records["bandwidth"]}
    assert list(found) == ["read", "write", "copy", "triad"]
    for record in found.values():
        assert 0.1 < record["gbps"] < 5000
        assert record["passes"] >= 3
        assert 0.1 < record["ordinary_gbps"] <= record["gbps"]
        assert record["array_bytes"] > 31 << 20
    assert found["read"]["streaming"] is False


def test_the_peak_is_measured_on_the_cores_that_are_asked_for(start):
    records, _ = start("mode=bandwidth", "seconds=0.01", "cores=5000")
    assert records["error"][0]["kind"] == "arguments"


def test_counters_count_or_tell_why_they_do_not(start, digits):
    words = (f"model={digits / 'int8.tflite'}", "seconds=0.01", "warmup_seconds=0.1")
    records, status = start("mode=counters", *words)
    assert status == 0
    (said,) = records["counters"]
    assert ("reason" in said) is ("counter" not in records)
    controllers = [unit.name for unit in PMUS.iterdir() if unit.name.startswith("uncore_imc")]
    if "reason" in said and not controllers:
        assert "no counter of a memory controller" in said["reason"]
        assert "perf_event_paranoid is" in said["reason"]


@pytest.mark.parametrize("abi", ABIS.values(), ids=lambda abi: abi.name)
def test_the_runner_is_compiled_for_every_abi(abi):
    assert build_runner(abi, SILENT).is_file()
