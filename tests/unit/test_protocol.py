import json

import pytest

from tflitekit.errors import RunError
from tflitekit.runtime.protocol import CarriedPort, RecordReader, RunSpec

HELLO = {"t": "hello", "protocol": 1, "build": "b", "abi": "x86_64", "isa": ["avx2"]}
READY = {
    "t": "ready",
    "load_us": 1.0,
    "compile_us": 2.0,
    "rss_bytes": 5,
    "cores": [0, 1],
    "inputs": [{"name": "x", "dtype": "int8", "shape": [1, 4], "bytes": 4}],
    "outputs": [],
}
DONE = {"t": "done", "peak_rss_bytes": 7}


def read(*records, progress=lambda done: None):
    reader = RecordReader(progress)
    reader.feed_all(record if isinstance(record, str) else json.dumps(record) for record in records)
    return reader


def test_only_what_differs_from_the_default_is_sent():
    assert RunSpec().words() == []
    assert RunSpec(mode="eval", threads=2, metric="top1").words() == [
        "mode=eval",
        "threads=2",
        "metric=top1",
    ]


def test_a_choice_is_sent_as_a_digit():
    assert RunSpec(weight_cache=True, hold_seconds=0.5).words() == [
        "weight_cache=1",
        "hold_seconds=0.5",
    ]


def test_a_state_is_told_by_positions_and_leaves_no_file():
    carried = (CarriedPort(1, 0, -5), CarriedPort(3, 2, written=True))
    spec = RunSpec(mode="run", steps=4, state=carried)
    assert spec.words() == ["mode=run", "steps=4", "state=1:0:-5:0,3:2:0:1"]
    assert spec.result_files(4) == ["out1.bin", "out2.bin", "out3.bin"]


def test_each_mode_leaves_its_files():
    left = {mode: RunSpec(mode=mode).result_files(2) for mode in ("bench", "run", "calibrate")}
    assert left == {"bench": [], "run": ["out0.bin", "out1.bin"], "calibrate": ["stats.bin"]}


def test_a_whole_run():
    samples = [{"t": "sample", "us": 3.5, "at_us": 0}, {"t": "sample", "us": 2.5, "at_us": 4}]
    record = read(HELLO, READY, *samples, DONE).record()
    assert record.samples_us == (3.5, 2.5)
    assert record.samples_at_us == (0, 4)
    assert record.inputs[0].shape == (1, 4)
    assert record.cores == (0, 1)
    assert record.peak_rss_bytes == 7


def test_a_run_tells_how_fast_the_clock_was_and_where_it_ran():
    clock = {"t": "clock", "when": "before", "spin_us": 5.0, "cores": [0, 1], "ran_on": [1]}
    cache = {"t": "weight_cache", "compile_us": 9.0, "bytes": 64}
    record = read(HELLO, READY, cache, clock, clock | {"when": "after"}, DONE).record()
    assert [one.when for one in record.clocks] == ["before", "after"]
    assert record.clocks[0].ran_on == (1,)
    assert record.weight_cache == {"compile_us": 9.0, "bytes": 64}


def test_the_memory_of_each_moment():
    moment = {
        "t": "memory",
        "when": "peak",
        **dict.fromkeys(("pss_bytes", "private_dirty_bytes", "swap_bytes"), 4096),
        **dict.fromkeys(("rss_bytes", "anonymous_bytes"), 8192),
        **dict.fromkeys(("model_bytes", "weight_cache_bytes")),
    }
    (peak,) = read(HELLO, READY, moment, DONE).record().memory
    assert (peak.when, peak.pss_bytes, peak.model_bytes) == ("peak", 4096, None)


def test_ops_outside_a_partition_have_none():
    inside = {"t": "op", "name": "GEMM", "index": 0, "partition": 1, "us": 2.5}
    ops = inside, inside | {"partition": -1}
    record = read(HELLO, READY, {"t": "profile", "runs": 3, "us": 9.0}, *ops, DONE).record()
    assert [op.partition for op in record.ops] == [1, None]
    assert record.profiled_us == 9.0


def test_lines_that_are_no_records_are_noise():
    record = read("WARNING: linker", HELLO, "{broken", '{"no": "type"}', "[1]", DONE).record()
    assert record.noise == ("WARNING: linker", "{broken", '{"no": "type"}', "[1]")


def test_progress_is_passed_on_and_not_kept():
    seen = []
    read(HELLO, {"t": "progress", "done": 3}, {"t": "progress", "done": 9}, progress=seen.append)
    assert seen == [3, 9]


def test_success_is_done_seen():
    with pytest.raises(RunError, match="ended before it was done"):
        read(HELLO, READY).record()


def test_the_noise_explains_a_run_that_ended_early():
    with pytest.raises(RunError, match="linker: cannot execute"):
        read("linker: cannot execute").record()


def test_an_error_record_is_the_reason():
    error = {"t": "error", "kind": "kernel", "message": "tflitekit.table: the table is truncated"}
    reader = read(HELLO, error)
    assert reader.error == "kernel: tflitekit.table: the table is truncated"
    with pytest.raises(RunError, match="the table is truncated"):
        reader.record()


def test_another_protocol_is_refused():
    with pytest.raises(RunError, match="protocol 2"):
        read(HELLO | {"protocol": 2}, DONE).record()
