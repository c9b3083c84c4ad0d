"""The runner itself on this machine: its protocol, its refusals, and that no failure is lost."""

import numpy as np
import pytest

from tests.commands import succeed
from tests.fakes import graphs
from tests.fakes.table_model import ENTRIES, WIDTH, table_model
from tflitekit.abi import host_abi
from tflitekit.graph import Model, Signature, write_model
from tflitekit.kernels.table import reference
from tflitekit.runtime.build import build_id

pytestmark = pytest.mark.build


def test_a_wrong_build_is_refused(start):
    records, status = start("build=another", "mode=bandwidth")
    assert status == 1
    assert records["error"][0]["kind"] == "build"
    assert "hello" not in records


def test_the_right_build_says_hello(start):
    records, status = start(f"build={build_id(host_abi())}", "mode=bandwidth", "seconds=0.01")
    assert status == 0
    assert records["hello"][0]["abi"] == host_abi().name
    assert {record["pattern"] for record in records["bandwidth"]} == {
        "read",
        "write",
        "copy",
        "triad",
    }
    assert all(record["gbps"] > 0.1 for record in records["bandwidth"])


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["speed=fast"], "arguments"),
        (["threads=many"], "arguments"),
        (["threads=0"], "arguments"),
        (["steps=0"], "arguments"),
        (["stride=0"], "arguments"),
        (["mode"], "arguments"),
        (["mode=guess"], "arguments"),
        (["accelerator=tpu", "model=m"], "arguments"),
        (["cores=x", "model=m"], "arguments"),
        (["cores=3000", "model=m"], "arguments"),
        (["mode=bench"], "arguments"),
        (["model=nowhere.tflite"], "litert"),
        (["library=nowhere.so", "model=m"], "library"),
        (["library=/lib/x86_64-linux-gnu/libc.so.6", "model=m"], "library"),
    ],
)
def test_what_it_refuses(start, words, kind):
    records, status = start(*words)
    assert status == 1
    assert records["error"][0]["kind"] == kind
    assert "done" not in records


def test_bench_keeps_the_asked_number_of_runs(start, digits):
    model = f"model={digits / 'int8.tflite'}"
    records, status = start(model, "seconds=0", "min_runs=7", "max_runs=7")
    assert status == 0
    assert len(records["sample"]) == 7
    assert all(record["us"] > 0 for record in records["sample"])
    assert records["warmup"][0]["runs"] >= 1


def test_of_a_stride_one_inference_is_timed(start, digits):
    words = (f"model={digits / 'int8.tflite'}", "seconds=0.2", "min_runs=1")
    every, few = (len(start(*words, f"stride={n}")[0]["sample"]) for n in (1, 50))
    assert 10 * few < every < 200 * few


def test_threads_and_cores_take_effect(start, digits):
    model = f"model={digits / 'float32.tflite'}"
    short = ("seconds=0", "min_runs=1")
    one, two = (start(model, f"threads={n}", *short)[0]["warmup"][0] for n in (1, 2))
    assert two["threads"] == one["threads"] + 1
    assert start(model, "cores=0", *short)[0]["ready"][0]["cores"] == [0]


def test_a_missing_or_short_input_file_fails_the_run(start, digits, tmp_path):
    words = (f"model={digits / 'int8.tflite'}", "mode=run", "count=2")
    assert start(*words)[0]["error"][0]["kind"] == "file"
    (tmp_path / "in0.bin").write_bytes(bytes(100))
    assert "ends before" in start(*words)[0]["error"][0]["message"]


def test_eval_counts_as_numpy_does(start, digits, tmp_path):
    rng = np.random.default_rng(0)
    rng.integers(-128, 128, (40, 64)).astype(np.int8).tofile(tmp_path / "in0.bin")
    labels = rng.integers(0, 10, 40).astype(np.int32)
    labels.tofile(tmp_path / "labels.bin")
    for metric, rank in (("top1", 1), ("top5", 5)):
        words = (f"model={digits / 'int8.tflite'}", "mode=eval", "count=40", f"metric={metric}")
        records, status = start(*words)
        assert status == 0
        scores = np.fromfile(tmp_path / "out0.bin", np.int8).reshape(40, 10).astype(int)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :rank]
        assert records["metric"][0]["correct"] == (order == labels[:, None]).any(1).sum()


def test_a_label_without_a_score_fails_the_run(start, digits, tmp_path):
    np.zeros((1, 64), np.int8).tofile(tmp_path / "in0.bin")
    np.int32([10]).tofile(tmp_path / "labels.bin")
    words = (f"model={digits / 'int8.tflite'}", "mode=eval", "count=1", "metric=top1")
    assert start(*words)[0]["error"][0]["kind"] == "metric"


def test_a_custom_kernel_gives_the_bits_of_its_reference(start, tmp_path):
    (tmp_path / "m.tflite").write_bytes(table_model())
    x = np.random.default_rng(0).integers(-128, 128, (5, WIDTH)).astype(np.int8)
    x.tofile(tmp_path / "in0.bin")
    _, status = start("model=m.tflite", "mode=run", "count=5")
    assert status == 0
    y = np.fromfile(tmp_path / "out0.bin", np.int8).reshape(5, WIDTH)
    assert (y == reference(x, ENTRIES)[0]).all()


@pytest.mark.parametrize("mode", ["bench", "run"])
def test_a_kernel_that_fails_fails_the_run(start, tmp_path, mode):
    (tmp_path / "m.tflite").write_bytes(table_model(ENTRIES[:200]))
    records, status = start("model=m.tflite", f"mode={mode}")
    assert status == 1
    assert records["error"][0]["kind"] == "kernel"
    assert records["error"][0]["message"] == "tflitekit.table: the table must have 256 entries"
    assert "done" not in records


def running_sum() -> bytes:
    """y = x + memory, which is the next memory; and twice that."""
    model = Model()
    graph = model.add_subgraph("main")
    x, memory, other = (graphs.tensor(graph, name, (2,)) for name in ("x", "memory", "other"))
    options = {"fused_activation_function": "NONE"}
    total = graphs.op(graph, "ADD", [x, memory], (2,), options=options)
    twice = graphs.op(graph, "ADD", [total, total], (2,), options=options)
    large = graphs.op(graph, "CONCATENATION", [other, total], (4,), options={"axis": 0})
    graph.inputs, graph.outputs = [x, memory, other], [twice, total, large]
    outputs = {"twice": twice, "total": total, "large": large}
    model.signatures["serving_default"] = Signature(
        graph, {"x": x, "memory": memory, "other": other}, outputs
    )
    return write_model(model)


def test_a_state_begins_with_zeros_and_is_carried(start, tmp_path):
    (tmp_path / "m.tflite").write_bytes(running_sum())
    np.arange(1, 13, dtype=np.float32).tofile(tmp_path / "in0.bin")
    np.zeros(12, np.float32).tofile(tmp_path / "in2.bin")
    words = ("model=m.tflite", "count=2", "steps=3")
    _, status = start(*words, "mode=run", "state=1:1:0:0")
    assert status == 0
    twice = np.fromfile(tmp_path / "out0.bin", np.float32).reshape(2, 3, 2)
    assert twice.tolist() == [[[2, 4], [8, 12], [18, 24]], [[14, 16], [32, 36], [54, 60]]]
    assert not (tmp_path / "out1.bin").exists()
    start(*words, "mode=run", "state=1:1:0:1")
    assert (np.fromfile(tmp_path / "out1.bin", np.float32) * 2 == twice.ravel()).all()


def counting(limit) -> bytes:
    """y = the count-th of as many numbers, which are all that there are."""
    model = Model()
    graph = model.add_subgraph("main")
    count = graphs.tensor(graph, "count", (1,), "int32")
    numbers = graph.constant("numbers", np.arange(limit, dtype=np.float32))
    y = graphs.op(graph, "GATHER", [numbers, count], (1,), options={"axis": 0})
    one = graph.constant("one", np.int32([1]))
    following = graphs.op(graph, "ADD", [count, one], (1,), "int32", options={})
    graph.inputs, graph.outputs = [count], [y, following]
    return write_model(model)


@pytest.mark.parametrize(("steps", "fits"), [(4, True), (5, False)])
def test_bench_goes_on_and_begins_anew_where_the_sequence_ends(start, tmp_path, steps, fits):
    (tmp_path / "m.tflite").write_bytes(counting(4))
    records, _ = start("model=m.tflite", "state=0:1:0:0", f"steps={steps}", "seconds=0.01")
    assert ("done" in records) is fits
    assert fits or records["error"][0]["kind"] == "litert"


@pytest.mark.parametrize(
    "state",
    ["1", "1:1", "1:1:0", "1:1:0:0;", "1:1:0:0,x", "9:1:0:0", "1:9:0:0", "1:2:0:0", "1:1:3:0"],
)
def test_a_wrong_state_is_refused(start, tmp_path, state):
    (tmp_path / "m.tflite").write_bytes(running_sum())
    records, status = start("model=m.tflite", f"state={state}", "seconds=0.01")
    assert status == 1
    assert records["error"][0]["kind"] == "arguments"
    assert records["error"][0]["message"].startswith("state: ")


def test_run_takes_the_same_signature_as_convert(tmp_path):
    """Not the first one of the file, but serving_default."""
    model = Model()
    for name, factor in (("other", 100.0), ("serving_default", 2.0)):
        graph = model.add_subgraph(name)
        graph.inputs = [graphs.tensor(graph, "x", (1, 2))]
        times = graph.constant("factor", np.float32([factor, factor]))
        y = graphs.op(graph, "MUL", [graph.inputs[0], times], (1, 2), options={})
        graph.outputs = [y]
        model.signatures[name] = Signature(graph, {"x": graph.inputs[0]}, {"y": y})
    (tmp_path / "m.tflite").write_bytes(write_model(model))
    np.savez(tmp_path / "in.npz", x=np.float32([[1, 2]]))
    succeed("run", "m.tflite", "--inputs", "in.npz", "--outputs", "out.npz", cwd=tmp_path)
    assert np.load(tmp_path / "out.npz")["y"].tolist() == [[[2.0, 4.0]]]
