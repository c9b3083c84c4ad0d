"""Known architectures at their real size: they convert strictly, and run."""

import json
import subprocess
import sys

import pytest

from tests.commands import bench, succeed
from tests.conftest import ROOT
from tools import reference_models

pytestmark = [pytest.mark.convert, pytest.mark.build, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    command = [sys.executable, "-m", "tools.reference_models", folder]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    return folder


@pytest.mark.parametrize("name", reference_models.MODELS)
def test_converts_runs_and_benches(folder, name):
    words = ("convert", f"{name}.keras", "--data", "pictures.npz", "--samples", "4")
    succeed(*words, "-o", f"{name}.tflite", "--float-out", f"{name}_float32.tflite", cwd=folder)
    words = (f"{name}_float32.tflite", f"{name}.tflite", "--seconds", "0.5", "--repeats", "5")
    float32, int8 = json.loads(bench(*words, "--json", cwd=folder))["results"]
    assert json.loads(succeed("inspect", f"{name}.tflite", "--json", cwd=folder))["fully_integer"]
    assert float32["size_bytes"] >= 3.5 * int8["size_bytes"]
    moved = [one["bandwidth"]["model_bytes"] for one in (float32, int8)]
    assert moved[1] <= 0.26 * moved[0]
