import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tests.fakes.bench_results import comparison_of, repeat, timed
from tests.fakes.json_documents import strict
from tflitekit.bench.accuracy import Accuracy
from tflitekit.bench.agreement import Agreement, OutputAgreement
from tflitekit.bench.bandwidth import bandwidth_of
from tflitekit.bench.comparison import compare
from tflitekit.bench.compute import ComputePeak
from tflitekit.bench.conditions import Condition
from tflitekit.bench.int8_causes import Cause
from tflitekit.bench.memory import Memory, Moment
from tflitekit.bench.profile import OpProfile, PartitionProfile, Profile
from tflitekit.bench.records import start_up_of
from tflitekit.bench.roofline import Roof, point
from tflitekit.bench.stats import estimate, medians, summarize_latency
from tflitekit.bench.sustained import windows_of
from tflitekit.report.bench_json import bench_json
from tflitekit.report.bench_schema import bench_schema
from tflitekit.report.bench_table import bench_tables, bench_title
from tflitekit.runtime.app_runtime import Runtime


def result(median=1000.0, accuracy=None, tokens=None):
    found = timed([median + i] * 50 for i in range(-2, 3))
    return replace(found, accuracy=accuracy, tokens=tokens)


def against(first, other):
    """`other`, compared with `first`."""
    return replace(other, comparison=comparison_of(first, other))


def cells(table):
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def test_bandwidth_is_bytes_over_time_beside_the_measured_peak():
    bandwidth = bandwidth_of(5_000_000, 1000.0, {"read": 10.0, "triad": 8.0})
    assert bandwidth.effective_gbps == pytest.approx(5.0)
    assert bandwidth.peak_gbps == 10.0
    assert bandwidth.dram_gbps is None
    assert "counters" in bandwidth.dram_reason


def test_json_has_what_scripts_rely_on():
    first = result(accuracy=Accuracy("top1", 0.9, 100))
    report = bench_json([first, against(first, result(500.0))])
    assert report["schema"] == "tflitekit.bench/2"
    assert report["order"] == [0, 1, 1, 0, 0, 1, 1, 0, 0, 1]
    one, other = report["results"]
    assert {"model", "sha256", "size_bytes", "device", "threads", "repeats"} <= one.keys()
    assert {"uri", "abi", "isa", "emulator"} <= one["device"].keys()
    assert {"n", "repeats", "median", "p90", "p99", "min", "max"} <= one["latency_us"].keys()
    assert {"ci95", "p90_ci95", "p99_ci95"} <= one["latency_us"].keys()
    assert one["latency_us"]["ci95"] == (998.0, 1002.0)
    assert one["start_up"]["cold_us"]["value"] == 5309.0
    assert one["peak_rss_bytes"] == 10**7
    assert one["accuracy"] == {"metric": "top1", "value": 0.9, "n": 100, "rises": True}
    assert one["warnings"] == []
    assert one["comparison"] is one["sustained"] is None
    assert other["comparison"]["verdict"] == "faster"
    json.dumps(report, allow_nan=False)


def test_every_summary_can_be_made_again_from_the_raw_samples():
    first = result()
    report = json.loads(json.dumps(bench_json([first, against(first, result(1100.0))])))
    one, other = report["results"]
    raw = [[entry["samples_us"] for entry in each["repeats"]] for each in (one, other)]
    latency = summarize_latency(raw[0])
    assert latency.median == one["latency_us"]["median"]
    assert latency.n == one["latency_us"]["n"]
    assert list(latency.ci95) == one["latency_us"]["ci95"]
    cold = [
        sum(entry[f"{phase}_us"] for phase in ("start", "library", "load", "compile"))
        + entry["warmup"]["first_us"]
        for entry in one["repeats"]
    ]
    assert estimate(cold).value == one["start_up"]["cold_us"]["value"]
    found = compare(medians(raw[0]), medians(raw[1]))
    assert found.p_value == other["comparison"]["p_value"]
    assert list(found.ci95) == other["comparison"]["ci95"]


def test_a_phase_that_was_not_told_is_none():
    repeats = (repeat([1.0]), repeat([1.0], warmup={}))
    start_up = start_up_of([one.record for one in repeats])
    assert start_up.first_us is start_up.cold_us is None
    assert start_up.load_us.value == 100.0


def test_the_tables_of_two_models():
    first = result()
    other = against(first, result(250.0, Accuracy("top1", 0.975, 40)))
    latency, start, memory, bandwidth, comparison = map(cells, bench_tables([first, other]))
    assert [row["median"] for row in latency] == ["1 ms", "250 µs"]
    assert latency[1]["accuracy"] == "top1 97.50 %"
    assert start[0]["process and LiteRT"] == "3.2 ms"
    assert start[0]["cold, all four"] == "5.31 ms"
    assert memory[0]["peak RSS"] == "10 MB"
    assert bandwidth[0]["of peak"] == "50 %"
    assert bandwidth[1]["bytes of the first"] == "100.0 %"
    (row,) = comparison
    assert (row["verdict"], row["time"]) == ("faster", "0.250x")
    assert "4 threads, 5 cold starts each" in bench_title([first])


def test_one_model_is_compared_with_none():
    assert len(bench_tables([result()])) == 4


def test_a_long_run_has_a_table_of_its_own():
    windows = windows_of([100.0] * 50 + [150.0] * 50, 0.01)
    table = bench_tables([replace(result(), windows=windows)])[-1]
    assert "1.500x" in table.title
    assert [row["of first"] for row in cells(table)] == ["1.000x", "1.500x"]


def test_a_model_with_a_state_is_timed_by_the_token():
    results = [result(1000.0), result(640.0, Accuracy("perplexity", 5.0634, 40), tokens=64)]
    assert "a token" not in bench_tables(results[:1])[0].header
    plain, stateful = cells(bench_tables(results)[0])
    assert (plain["a token"], plain["tokens/s"]) == ("-", "-")
    assert (stateful["a token"], stateful["tokens/s"]) == ("10 µs", "100 k")
    assert stateful["accuracy"] == "perplexity 5.0634"
    one, other = (entry["tokens"] for entry in bench_json(results)["results"])
    assert one is None
    assert other == {"per_run": 64, "us": 10.0, "per_second": 1e5}


MOMENT = Moment(pss=9_000_000, private_dirty=3_000_000, swap=0, rss=12_000_000, anonymous=5)
MEMORY = Memory(
    *[replace(MOMENT, pss=1_000_000 * number) for number in range(1, 6)],
    peak_rss=13_000_000,
    mapped_weights=600_000,
    arena=None,
)


def test_memory_and_a_weight_cache_have_their_figures():
    cached = start_up_of([repeat([1.0]).record])
    measured = replace(result(), memory=MEMORY, cached_start_up=cached)
    _, start, memory, _ = map(cells, bench_tables([measured]))
    assert [row["model"] for row in start] == ["m.tflite", "m.tflite, weight cache"]
    (row,) = memory
    assert (row["PSS once compiled"], row["at its peak"]) == ("3 MB", "4 MB")
    assert (row["private dirty"], row["arena"], row["mapped weights"]) == ("3 MB", "-", "600 kB")
    (report,) = bench_json([measured])["results"]
    assert report["memory"]["peak"]["pss"] == 4_000_000
    assert report["cached_start_up"]["load_us"]["value"] == 100.0


def test_a_profile_has_a_table_and_its_slowest_parts_come_first():
    ops = [
        OpProfile(0, "ADD", "sum", None, 10.0, 3000, 0),
        OpProfile(1, "CONV_2D", "image", 0, None, 5000, 10**6),
        OpProfile(2, "tflitekit.lstm", "state", None, 60.0, 6000, 60_000),
    ]
    partition = PartitionProfile(30.0, (("Convolution", 30.0),), (1,))
    profile = Profile(
        tuple(ops), (partition,), profiled_us=150.0, rest_us=50.0, unprofiled_us=120.0
    )
    roof = Roof(10.0, {"int8": 8.0})
    points = (
        point("ADD", {}, 3000, 10.0, roof, 0),
        point("tflitekit.lstm", {"int8": 60_000}, 6000, 60.0, roof, 2),
    )
    measured = replace(result(), profile=profile, roofline=points)
    table = bench_tables([measured])[-1]
    assert "profiling takes 1.25x the time, 20 µs of a call are in no op" in table.title
    rows = cells(table)
    assert [row["where"].split()[0] for row in rows] == ["tflitekit.lstm", "XNNPACK", "ADD"]
    assert [row["share"] for row in rows] == ["60.0 %", "30.0 %", "10.0 %"]
    cells_of = ("MACs/byte", "GMAC/s", "of roof", "bound by")
    assert [rows[0][name] for name in cells_of] == ["10", "1", "12 %", "compute"]
    assert [rows[2][name] for name in cells_of] == ["-"] * 4
    (report,) = bench_json([measured])["results"]
    assert report["profile"]["overhead"] == 1.25
    json.dumps(report, allow_nan=False)


def test_json_keeps_to_its_schema_with_no_member_more():
    """Of everything that a result can have; what is None or empty is in the other tests."""
    op = OpProfile(0, "ADD", "sum", None, 10.0, 3000, 64)
    partition = PartitionProfile(30.0, (("Convolution", 30.0),), (1,))
    profile = Profile((op,), (partition,), profiled_us=150.0, rest_us=50.0, unprofiled_us=120.0)
    outputs = (OutputAgreement("digit", 10, 0.5, "steps", 1.0, 0.1, None),)
    full = replace(
        against(result(), result(900.0, Accuracy("top1", 0.9, 100), tokens=64)),
        memory=MEMORY,
        profile=profile,
        causes=(Cause("KERNELS", 0.5, "half of the time"),),
        roofline=(point("ADD", {"int8": 3000}, 64, 10.0, Roof(10.0), 0),),
        windows=windows_of([100.0] * 100, 0.01),
        warnings=(Condition("HOT", "41 degrees"),),
        agreement=(Agreement("float", "f.tflite", 40, outputs),),
        cached_start_up=start_up_of([repeat([1.0]).record]),
        runtime=Runtime(Path("lib.so"), {}, "", "0" * 64, "2.3.0", "glibc", True),
    )
    schema = bench_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for results in ([result(), full], [result()], []):
        document = json.loads(json.dumps(bench_json(results), allow_nan=False))
        jsonschema.validate(document, strict(schema))
        jsonschema.validate(document | {"error": None}, strict(schema))
    document["results"] = [{}]
    with pytest.raises(jsonschema.ValidationError, match="is a required property"):
        jsonschema.validate(document, schema)


def test_the_arithmetic_is_told_beside_its_peak():
    peak = ComputePeak(40.0, "dotprod", {"neon": 12.0, "dotprod": 40.0}, 0.01)
    roof = Roof(10.0, {"int8": peak.gmacs})
    placed = point("model", {"int8": 10**8}, 10**6, 5000.0, roof)
    measured = replace(result(), roofline=(placed,), compute={"int8": peak})
    table = bench_tables([measured])[4]
    assert table.title == "Arithmetic"
    (row,) = cells(table)
    assert row == {
        "model": "m.tflite",
        "MACs/byte": "100",
        "attained": "20.00 GMAC/s",
        "int8 peak": "40.00 GMAC/s, dotprod",
        "float32 peak": "-",
        "of roof": "50 %",
        "bound by": "compute",
    }
    (report,) = bench_json([measured])["results"]
    assert report["roofline"][0]["roof_gmacs"] == 40.0
    assert report["compute"]["int8"]["isas_gmacs"] == {"neon": 12.0, "dotprod": 40.0}
