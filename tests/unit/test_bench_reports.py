import json

import pytest

from tflitekit.bench.accuracy import Accuracy
from tflitekit.bench.bandwidth import bandwidth_of
from tflitekit.bench.records import BenchResult
from tflitekit.bench.stats import summarize_latency
from tflitekit.devices.base import DeviceInfo
from tflitekit.report.bench_json import bench_json
from tflitekit.report.bench_table import HEADER, bench_header, bench_rows, bench_title
from tflitekit.runtime.protocol import RunRecord

PHONE = DeviceInfo("adb:1234", "arm64-v8a", "Pixel", False, "android", "14", 8)


def result(median=1000.0, accuracy=None, tokens=None):
    samples = (median,) * 50
    record = RunRecord("arm64-v8a", ("neon",), "b", samples_us=samples, peak_rss_bytes=10**7)
    return BenchResult(
        model="m.tflite",
        sha256="0" * 64,
        size_bytes=2_000_000,
        device=PHONE,
        isa=("neon",),
        threads=4,
        latency_us=summarize_latency(samples),
        record=record,
        bandwidth=bandwidth_of(5_000_000, median, {"read": 10.0, "triad": 8.0}),
        accuracy=accuracy,
        warnings=(),
        tokens=tokens,
    )


def test_bandwidth_is_bytes_over_time_beside_the_measured_peak():
    bandwidth = bandwidth_of(5_000_000, 1000.0, {"read": 10.0, "triad": 8.0})
    assert bandwidth.effective_gbps == pytest.approx(5.0)
    assert bandwidth.peak_gbps == 10.0
    assert bandwidth.dram_gbps is None
    assert "counters" in bandwidth.dram_reason


def test_json_has_what_scripts_rely_on():
    report = bench_json([result(accuracy=Accuracy("top1", 0.9, 100))])
    assert report["schema"] == "tflitekit.bench/1"
    one = report["results"][0]
    assert {"model", "sha256", "size_bytes", "device", "threads", "samples_us"} <= one.keys()
    assert {"uri", "abi", "isa", "emulator"} <= one["device"].keys()
    assert {"n", "median", "p90", "p99", "min", "max", "ci95"} <= one["latency_us"].keys()
    assert one["memory"]["peak_rss_bytes"] == 10**7
    assert one["accuracy"] == {"metric": "top1", "value": 0.9, "n": 100}
    assert one["warnings"] == []
    json.dumps(report, allow_nan=False)


def test_the_summary_can_be_made_again_from_the_report():
    one = bench_json([result()])["results"][0]
    assert summarize_latency(one["samples_us"]).median == one["latency_us"]["median"]


def test_rows_compare_with_the_first():
    rows = bench_rows([result(1000.0), result(250.0, Accuracy("top1", 0.975, 40))])
    cells = [dict(zip(HEADER, row, strict=True)) for row in rows]
    assert cells[0]["vs first"] == "1.00x"
    assert cells[1]["vs first"] == "0.25x"
    assert cells[1]["accuracy"] == "top1 97.50 %"
    assert cells[0]["of peak"] == "50 %"
    assert "4 threads" in bench_title([result()])


def test_a_model_with_a_state_is_timed_by_the_token():
    results = [result(1000.0), result(640.0, Accuracy("perplexity", 5.0634, 40), tokens=64)]
    assert bench_header(results[:1]) == HEADER
    plain, stateful = (
        dict(zip(bench_header(results), row, strict=True)) for row in bench_rows(results)
    )
    assert (plain["a token"], plain["tokens/s"]) == ("-", "-")
    assert (stateful["a token"], stateful["tokens/s"]) == ("10 µs", "100 k")
    assert stateful["accuracy"] == "perplexity 5.0634"
    one, other = (entry["tokens"] for entry in bench_json(results)["results"])
    assert one is None
    assert other == {"per_run": 64, "us": 10.0, "per_second": 1e5}
