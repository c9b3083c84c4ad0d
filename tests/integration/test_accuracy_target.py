"""--max-drop and --engine best, on a model that int8 alone does not serve."""

import json

import numpy as np
import pytest

from tests.commands import bench, succeed, tflitekit
from tflitekit.graph import read_model, write_model

pytestmark = [pytest.mark.convert, pytest.mark.build]

OUTLIER = 3000.0


@pytest.fixture(scope="module")
def difficult(digits, tmp_path_factory):
    """The digits model with one channel of its residual stream so large that the step of the
    others is coarse; what reads that channel undoes it, so that the float model is the same."""
    model = read_model(digits / "float32.tflite")
    down, depth, point, add, wide = model.main.ops[1:6]
    assert [op.name for op in (down, depth, point, add, wide)] == (
        ["CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "ADD", "CONV_2D"]
    )
    for op in (down, point):
        scale(op, 1, (0, ...), OUTLIER)
        scale(op, 2, (0,), OUTLIER)
    scale(depth, 1, (..., 0), 1 / OUTLIER)
    scale(wide, 1, (..., 0), 1 / OUTLIER)
    path = tmp_path_factory.mktemp("difficult") / "float32.tflite"
    path.write_bytes(write_model(model))
    return path


def scale(op, position, channel, factor):
    values = np.array(op.inputs[position].data)
    values[channel] *= factor
    op.inputs[position].data = values


@pytest.fixture
def converted(difficult, tmp_path):
    def converted(*words):
        words = ("convert", difficult, "--data", "digits", "-o", tmp_path / "m.tflite", *words)
        return json.loads(succeed(*words, "--json"))

    return converted


def accuracy_of(path):
    (result,) = json.loads(bench(path, "--data", "digits", "--json"))["results"]
    return result["accuracy"]["value"]


def test_the_target_is_reached_with_as_little_int16_as_possible(converted, tmp_path):
    converted()
    plain = accuracy_of(tmp_path / "m.tflite")
    facts = converted("--max-drop", "1%")["quantization"]
    accuracy = facts["accuracy"]
    assert plain < accuracy["floor"] <= accuracy["score"]
    assert accuracy["floor"] == pytest.approx(0.99 * accuracy["float_score"])
    assert facts["int16"], "no other correction mends this fault"
    assert 0 < facts["int8_macs"] < 1
    assert len(accuracy["steps"]) <= 30
    assert accuracy["steps"][0]["score"] == pytest.approx(plain)
    # What is promised is what bench measures of the file that was written.
    assert accuracy_of(tmp_path / "m.tflite") == pytest.approx(accuracy["score"])


def test_a_target_that_is_missed_writes_nothing_and_tells_the_best(difficult, tmp_path):
    words = ("convert", difficult, "--data", "digits", "-o", tmp_path / "m.tflite")
    done = tflitekit(*words, "--max-drop", "1%", "--budget", "2")
    assert done.returncode == 7
    assert "the best of 2" in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_labels_the_float_model_is_the_judge(difficult, tmp_path):
    images = np.load("datasets/digits/train.npz")
    (key,) = (name for name in images if name != "y")
    # As dataset.toml of the digits says.
    np.savez(tmp_path / "x.npz", x=images[key][:120].astype(np.float32) / 16)
    words = ("--data", tmp_path / "x.npz", "-o", tmp_path / "m.tflite", "--max-drop", "50%")
    done = tflitekit("convert", difficult, *words, "--json")
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    accuracy = manifest["quantization"]["accuracy"]
    assert accuracy["metric"] == "agreement"
    assert accuracy["float_score"] == 1
    # Half calibrates, half judges, and none does both.
    assert (manifest["data"]["samples"], accuracy["samples"]) == (60, 60)


def test_the_best_engine_is_the_one_with_the_best_score(converted):
    facts = converted("--engine", "best")["quantization"]
    scores = facts["best"]["scores"]
    assert set(scores) == {"tflitekit", "stock", "litert-quantizer"}
    assert scores[facts["best"]["engine"]] == max(scores.values()) == facts["accuracy"]["score"]
