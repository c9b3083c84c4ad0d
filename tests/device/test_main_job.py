"""The main job through adb: the same bench, and the same outputs as on this machine."""

import json

import numpy as np
import pytest

from tests.commands import bench, succeed, tflitekit
from tests.fakes.stateful import stateful_int8
from tests.fakes.table_model import WIDTH, table_model
from tflitekit.graph import write_model

pytestmark = [pytest.mark.device, pytest.mark.build, pytest.mark.convert]

ANDROID = ["virtual_amd64", "virtual_arm64"]


@pytest.fixture(params=ANDROID)
def android(request):
    return f"adb:{request.getfixturevalue(request.param)}"


def outputs(model, inputs, device, folder):
    target = folder / f"{device.replace(':', '_')}.npz"
    words = ("run", model, "--inputs", inputs, "--outputs", target, "--raw", "--device", device)
    succeed(*words)
    return np.load(target)


def test_bench_tells_the_same_story(digits, android):
    models = (digits / "float32.tflite", digits / "int8.tflite")
    words = (*models, "--data", "digits", "--seconds", "0.2", "--repeats", "5", "--samples", "100")
    results = json.loads(bench(*words, "--device", android, "--json", cwd=digits))["results"]
    for result in results:
        assert result["device"]["uri"] == android
        assert result["device"]["emulator"] is True
        assert result["latency_us"]["n"] >= 50
        assert result["accuracy"]["value"] >= 0.97
        assert result["bandwidth"]["peak_gbps"] > 0
        assert "EMULATOR" in {warning["tag"] for warning in result["warnings"]}
    local = json.loads(bench(*words, "--json", cwd=digits))["results"]
    assert [one["accuracy"]["n"] for one in local] == [one["accuracy"]["n"] for one in results]


def test_a_custom_kernel_gives_the_same_bits(android, tmp_path):
    (tmp_path / "m.tflite").write_bytes(table_model())
    x = np.random.default_rng(0).integers(-128, 128, (5, 1, WIDTH)).astype(np.int8)
    np.savez(tmp_path / "in.npz", x=x)
    here, there = (
        outputs(tmp_path / "m.tflite", tmp_path / "in.npz", device, tmp_path)["y"]
        for device in ("local", android)
    )
    assert (here == there).all()


def test_int8_outputs_are_those_of_this_machine(digits, android, tmp_path):
    """XNNPACK may take other kernels on another processor: at most a step, and seldom."""
    x = np.random.default_rng(0).integers(-128, 128, (40, 1, 8, 8, 1)).astype(np.int8)
    np.savez(tmp_path / "in.npz", image=x)
    here, there = (
        outputs(digits / "int8.tflite", tmp_path / "in.npz", device, tmp_path)["digit"].astype(int)
        for device in ("local", android)
    )
    assert np.abs(here - there).max() <= 1
    assert (here == there).mean() >= 0.98


def test_a_state_is_carried_as_on_this_machine(android, tmp_path):
    (tmp_path / "m.tflite").write_bytes(write_model(stateful_int8()))
    x = np.random.default_rng(0).integers(-20, 20, (6, 1, 12, 2)).astype(np.int8)
    np.savez(tmp_path / "in.npz", x=x)
    here, there = (
        outputs(tmp_path / "m.tflite", tmp_path / "in.npz", device, tmp_path)["y"].astype(int)
        for device in ("local", android)
    )
    assert here.shape == x.shape
    assert np.abs(here - there).max() <= 1
    assert (here[:, 0, :4] != here[:, 0, 4:8]).any()


def test_a_kernel_that_fails_is_told_through_adb(android, tmp_path):
    (tmp_path / "m.tflite").write_bytes(table_model(np.zeros(200, np.int8)))
    done = tflitekit("bench", tmp_path / "m.tflite", "--device", android)
    assert done.returncode == 6
    assert "tflitekit.table: the table must have 256 entries" in done.stderr
    assert "Traceback" not in done.stderr
