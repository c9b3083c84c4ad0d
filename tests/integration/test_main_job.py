"""The main job as a user does it: convert, inspect, run, bench, on this machine."""

import json

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.commands import bench, succeed
from tests.conftest import ROOT

pytestmark = [pytest.mark.convert, pytest.mark.build]

FLOATS = (np.float16, np.float32, np.float64)


@pytest.fixture(scope="module")
def measured(digits):
    words = (digits / "float32.tflite", digits / "int8.tflite", "--data", "digits")
    report = json.loads(bench(*words, "--seconds", "0.3", "--json", cwd=digits))
    assert report["error"] is None
    return report["results"]


def test_no_float_tensor_is_left_by_another_parser(digits):
    tensors = Interpreter(str(digits / "int8.tflite")).get_tensor_details()
    assert tensors
    assert [tensor["name"] for tensor in tensors if tensor["dtype"] in FLOATS] == []


@pytest.mark.alone
def test_the_accuracy_on_the_held_out_half_is_kept(measured):
    float32, int8 = (result["accuracy"] for result in measured)
    assert float32["metric"] == int8["metric"] == "top1"
    assert float32["n"] == len(np.load(ROOT / "datasets" / "digits" / "test.npz")["y"])
    assert float32["value"] > 0.97
    assert abs(float32["value"] - int8["value"]) <= 0.005


@pytest.mark.alone
def test_the_model_is_at_least_three_and_a_half_times_smaller(measured):
    float32, int8 = measured
    assert float32["size_bytes"] >= 3.5 * int8["size_bytes"]


@pytest.mark.alone
def test_bench_tells_what_it_measured(measured):
    for result in measured:
        latency, repeats = result["latency_us"], result["repeats"]
        samples = [repeat["samples_us"] for repeat in repeats]
        assert latency["repeats"] == len(repeats) == 20
        assert latency["n"] == sum(map(len, samples)) >= 50
        assert latency["median"] == pytest.approx(np.median([*map(np.median, samples)]))
        assert 0 < latency["min"] <= latency["median"] <= latency["max"]
        assert latency["ci95"][0] <= latency["median"] <= latency["ci95"][1]
        start_up = result["start_up"]
        phases = [start_up[name]["value"] for name in ("load_us", "compile_us", "first_us")]
        assert all(us > 0 for us in phases)
        assert start_up["cold_us"]["value"] > max(phases)
        assert result["device"]["uri"] == "local"
        assert result["peak_rss_bytes"] > 10**6
        memory = result["memory"]
        assert memory["library"]["pss"] < memory["compiled"]["pss"] <= memory["peak"]["pss"]
        bandwidth = result["bandwidth"]
        assert bandwidth["effective_gbps"] == pytest.approx(
            bandwidth["model_bytes"] / latency["median"] * 1e-3
        )
        assert bandwidth["peak_gbps"] > 0
        assert (bandwidth["dram_gbps"] is None) is bool(bandwidth["dram_reason"])


@pytest.mark.alone
def test_bench_says_which_model_is_faster(measured):
    float32, int8 = (result["comparison"] for result in measured)
    assert float32 is None
    assert int8["verdict"] == "faster"
    assert int8["ci95"][1] < 0.6
    assert int8["p_value"] < 1e-6


@pytest.mark.alone
def test_a_model_is_not_faster_than_itself(digits):
    words = (digits / "int8.tflite", digits / "int8.tflite", "--seconds", "0.2")
    results = json.loads(bench(*words, "--repeats", "5", "--json"))["results"]
    assert [len(result["repeats"]) for result in results] == [5, 5]
    assert results[1]["comparison"]["ratio"] == pytest.approx(1, abs=0.3)


@pytest.mark.alone
def test_a_long_run_is_told_window_by_window(digits):
    words = (digits / "int8.tflite", "--sustained", "3s", "--json")
    (result,) = json.loads(bench(*words))["results"]
    (repeat,) = result["repeats"]
    windows = result["sustained"]["windows"]
    assert [(one["begin_s"], one["end_s"]) for one in windows] == [(0, 1.5), (1.5, 3)]
    assert sum(one["n"] for one in windows) == len(repeat["samples_us"])
    assert result["sustained"]["last_against_first"] == pytest.approx(1, abs=0.5)
    assert result["latency_us"]["ci95"] is None


@pytest.mark.alone
def test_a_device_is_tested_with_one_model(digits):
    words = ("--selftest", "--repeats", "5", "--seconds", "0.1")
    report = json.loads(bench(digits / "int8.tflite", *words, "--json"))
    assert report["starts"] == len(report["medians_us"]) == 50
    assert report["comparisons"] == 41
    assert report["false_alarm_rate"] <= 0.5
    assert "cold starts a side" in bench(digits / "int8.tflite", *words)


def test_numbers_that_are_void_are_shown_and_fail(digits, monkeypatch, capsys):
    """Inside this process, so that the conditions can be made up."""
    from tflitekit.bench.conditions import Condition
    from tflitekit.cli.app import app
    from tflitekit.pipeline import measure

    found = (Condition("EMULATOR", "made up"), Condition("FEW_SAMPLES", "made up"))
    monkeypatch.setattr(measure, "conditions_of", lambda *given, **named: found)
    words = ["bench", str(digits / "int8.tflite"), "--seconds", "0.1", "--json"]
    for more, status in (((), 8), (("--allow", "EMULATOR"), 0)):
        with pytest.raises(SystemExit) as ended:
            app([*words, *more])
        assert ended.value.code == status
        shown = capsys.readouterr()
        report = json.loads(shown.out)
        assert report["results"][0]["latency_us"]["n"] > 0
        assert (report["error"] is not None) is (status == 8)
        assert ("--allow EMULATOR" in shown.err) is (status == 8)
        assert "FEW_SAMPLES: made up" in shown.err


def test_inspect_has_what_scripts_rely_on(digits):
    summary = json.loads(succeed("inspect", digits / "int8.tflite", "--json"))
    assert summary["fully_integer"] is True
    assert summary["float_tensors"] == 0
    assert summary["custom_ops"] == []
    assert summary["size_bytes"] == (digits / "int8.tflite").stat().st_size
    (image,) = summary["inputs"]
    assert (image["name"], image["shape"], image["dtype"]) == ("image", [1, 8, 8, 1], "int8")
    assert image["scale"] == pytest.approx(1 / 255, rel=0.01)
    assert image["zero_point"] == -128
    assert {"ops", "macs", "weight_bytes", "bytes_moved", "sha256"} <= summary.keys()


def test_the_same_inputs_give_the_same_bytes(digits, tmp_path):
    succeed(
        *("convert", ROOT / "datasets" / "digits" / "model.keras", "--data", "digits"),
        *("-o", tmp_path / "int8.tflite"),
    )
    for name in ("int8.tflite", "int8.manifest.json"):
        assert (tmp_path / name).read_bytes() == (digits / name).read_bytes()


def test_run_quantizes_inputs_and_dequantizes_outputs(digits, tmp_path):
    images = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)
    np.savez(tmp_path / "in.npz", image=images)
    words = ("run", digits / "int8.tflite", "--inputs", tmp_path / "in.npz")
    succeed(*words, "--outputs", tmp_path / "out.npz")
    out = np.load(tmp_path / "out.npz")
    assert list(out) == ["digit"]
    assert out["digit"].shape == (5, 1, 10)
    expected = reference(digits / "int8.tflite", images)
    assert (out["digit"] == expected).all()


def test_run_raw_passes_integers_through(digits, tmp_path):
    images = np.random.default_rng(0).integers(-128, 128, (3, 1, 8, 8, 1)).astype(np.int8)
    np.savez(tmp_path / "in.npz", x=images)
    words = ("run", digits / "int8.tflite", "--inputs", tmp_path / "in.npz", "--raw")
    succeed(*words, "--outputs", tmp_path / "out.npz")
    out = np.load(tmp_path / "out.npz")["digit"]
    assert out.dtype == np.int8
    assert (out == invoke(digits / "int8.tflite", images)).all()


@pytest.mark.parametrize("io", ["uint8", "float32"])
def test_the_types_of_inputs_and_outputs(digits, tmp_path, io):
    succeed(
        *("convert", digits / "float32.tflite", "--data", "digits"),
        *("-o", tmp_path / "m.tflite", "--io", io),
    )
    summary = json.loads(succeed("inspect", tmp_path / "m.tflite", "--json"))
    assert {port["dtype"] for port in summary["inputs"] + summary["outputs"]} == {io}
    assert summary["fully_integer"] is True
    assert summary["float_tensors"] == (2 if io == "float32" else 0)


def test_statistics_can_be_kept_and_used_again(digits, tmp_path):
    words = ("convert", digits / "float32.tflite", "--data", "digits", "--stats", "seen.npz")
    succeed(*words, "-o", "first.tflite", cwd=tmp_path)
    succeed(*words, "-o", "second.tflite", cwd=tmp_path)
    first, second = ((tmp_path / f"{name}.tflite").read_bytes() for name in ("first", "second"))
    assert first == second
    succeed(*words, "-o", "clipped.tflite", "--ranges", "percentile", cwd=tmp_path)
    assert (tmp_path / "clipped.tflite").read_bytes() != first


def test_what_a_conversion_took_is_told_but_is_not_in_the_manifest(digits, tmp_path):
    words = ("convert", digits / "float32.tflite", "--data", "digits", "-o", tmp_path / "m.tflite")
    told = json.loads(succeed(*words, "--json"))
    assert 0.1 < told["cost"].pop("seconds") < 600
    assert 20e6 < told["cost"].pop("peak_bytes") < 4e9
    assert told.pop("cost") == {}
    assert told == json.loads((tmp_path / "m.manifest.json").read_text())
    text = succeed(*words)
    assert "in the largest of its processes" in text


def test_a_layer_can_have_sixteen_bits(digits, tmp_path):
    words = ("convert", digits / "float32.tflite", "--data", "digits", "-o", tmp_path / "m.tflite")
    manifest = json.loads(succeed(*words, "--int16", "digit", "--json"))
    assert manifest["quantization"]["int16"] == ["digit"]
    assert 0.99 < manifest["quantization"]["int8_macs"] < 1
    assert {port["dtype"] for port in manifest["model"]["outputs"]} == {"int8"}
    types = {op["name"]: op["dtypes"] for op in manifest["model"]["ops"]}
    assert "int16" in types["FULLY_CONNECTED"]
    assert "int16" not in types["CONV_2D"]
    # A float output is made of the int16 one, without losing bits to int8 on the way.
    words = (*words, "--int16", "digit", "--io", "float32", "--json")
    types = {op["name"]: op["dtypes"] for op in json.loads(succeed(*words))["model"]["ops"]}
    assert types["DEQUANTIZE"] == ["int16", "float32"]


def reference(path, images):
    """What LiteRT's own interpreter makes of real values."""
    interpreter = Interpreter(str(path))
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    scale, zero_point = source["quantization"]
    steps = images / np.float32(scale)
    rounded = np.trunc(steps + np.copysign(np.float32(0.5), steps)) + zero_point
    quantized = np.clip(rounded, -128, 127).astype(np.int8)
    scale, zero_point = target["quantization"]
    outputs = invoke(path, quantized[:, np.newaxis]).astype(np.int32)
    return ((outputs - zero_point) * scale).astype(np.float32)


def invoke(path, samples):
    """Raw outputs of LiteRT's own interpreter, one sample at a time."""
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    outputs = []
    for sample in samples:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample)
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    return np.stack(outputs)
