import json
import os
from pathlib import Path

import pytest

from tests.commands import tflitekit
from tflitekit.graph import read_model

FAKE = Path(__file__).resolve().parents[1] / "fakes" / "explorer"


def explored(model, *words, folder):
    """How the command ended, and what Model Explorer was asked to show."""
    asked = folder / "asked.json"
    env = os.environ | {"PYTHONPATH": str(FAKE), "ASKED": str(asked)}
    done = tflitekit("inspect", model, "--explore", *words, env=env, cwd=folder)
    return done, json.loads(asked.read_text()) if asked.exists() else None


@pytest.mark.convert
def test_ops_have_times_bytes_and_macs(digits, tmp_path):
    mine = tmp_path / "mine, too.json"
    mine.write_text(json.dumps({"name": "mine", "results": {}}))
    done, asked = explored(
        digits / "int8.tflite", "--node-data", mine.name, "--port", 8123, folder=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert asked["models"] == [str(digits / "int8.tflite")]
    assert asked["port"] == 8123
    latency, moved, macs, other = asked["node_data"]
    assert other["name"] == "mine"
    outputs = {op.outputs[0].name for op in read_model(digits / "int8.tflite").ops()}
    assert moved["results"].keys() == macs["results"].keys() == outputs
    assert sum(one["value"] for one in macs["results"].values()) > 2e6
    assert {*latency["results"]} <= outputs
    assert all(one["value"] >= 0 for one in latency["results"].values())
    assert len(latency["results"]) >= 3


@pytest.mark.convert
def test_without_a_device_there_are_no_times(digits, tmp_path):
    done, asked = explored(digits / "int8.tflite", "--device", "none", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [one["name"] for one in asked["node_data"]] == ["bytes moved", "multiply-accumulates"]


@pytest.mark.convert
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--node-data", "none.json"], "none.json: there is no such file"),
        (["--json"], "shows a page and no JSON"),
        (["--device", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_told(words, text, digits, tmp_path):
    done, asked = explored(digits / "int8.tflite", *words, folder=tmp_path)
    assert asked is None
    assert done.returncode in (2, 5)
    assert text in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.convert
@pytest.mark.parametrize("words", [("--device", "adb"), ("--node-data", "x.json"), ("--port", 1)])
def test_nothing_is_left_out_in_silence(words, digits, tmp_path):
    done = tflitekit("inspect", digits / "int8.tflite", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{words[0]}: says how to --explore" in done.stderr


def test_model_explorer_need_not_be_installed(tmp_path):
    done = tflitekit("inspect", "model.tflite", "--explore", cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install ai-edge-model-explorer" in done.stderr
