"""Keyword spotting (MLPerf Tiny): real weights and samples, both formats, through the commands."""

import json

import pytest

from tests.commands import bench, succeed

pytestmark = [pytest.mark.convert, pytest.mark.build]


@pytest.mark.parametrize("source", ["saved_model", "float32.tflite"])
def test_strict_and_as_accurate_as_float(shared_data, tmp_path, source):
    folder = shared_data / "kws01"
    data = folder / "eval.npz"
    words = ("convert", folder / source, "--data", data, "-o", tmp_path / "int8.tflite")
    succeed(*words, "--float-out", tmp_path / "float32.tflite")
    models = (tmp_path / "float32.tflite", tmp_path / "int8.tflite")
    words = (*models, "--data", data, "--seconds", "0.2", "--json")
    float32, int8 = json.loads(bench(*words))["results"]
    assert json.loads(succeed("inspect", models[1], "--json"))["float_tensors"] == 0
    assert int8["accuracy"]["n"] == 1000
    # Counted, for a share of 0.003 is no exact number; being right more often is no fault.
    lost = round(1000 * float32["accuracy"]["value"]) - round(1000 * int8["accuracy"]["value"])
    assert lost <= 3
