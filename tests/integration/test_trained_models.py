"""The smallest of the trained models, for one epoch: its folder is what our commands take."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tflitekit.bench.scorer import choose_metric
from tflitekit.data import choose, open_dataset
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model
from tflitekit.graph.spec import TensorSpec
from tflitekit.progress import SILENT
from tools.compare_engines.measure import COMPARED, Settings, measure_model
from tools.compare_engines.report import Judged
from tools.trained_models.data import load
from tools.trained_models.folder import write_folder
from tools.trained_models.table import BY_NAME

pytestmark = pytest.mark.convert

ROOT = Path(__file__).resolve().parents[2]
NAME = "cancer_mlp"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    words = ["--data", str(out), "--out", str(out), "--epochs", "1", NAME]
    command = [sys.executable, "-m", "tools.trained_models", *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"{NAME}: 4130 weights, top1" in done.stdout
    return out


def test_the_folder_fits_the_model(trained, worker, tmp_path):
    source = ModelSource(trained / BY_NAME[NAME].file_name)
    model = read_model(lower(source, tmp_path / "float.tflite", worker, SILENT).path)
    parts = {
        split: open_dataset(str(trained / NAME), model.signature().input_specs(), split=split)
        for split in ("calibrate", "evaluate")
    }
    assert {split: part.count for split, part in parts.items()} == {
        "calibrate": 379,
        "evaluate": 190,
    }
    for part in parts.values():
        assert choose_metric(None, part, model).name == BY_NAME[NAME].metric
        assert set(np.unique(part.labels())) == {0, 1}
        (sample,) = part.stream(choose(part, 1, seed=0))
        assert sample.inputs["measures"].shape == (1, 30)


@pytest.mark.build
def test_every_engine_is_measured_on_it(trained, worker):
    found = measure_model(
        NAME, trained / f"{NAME}.keras", trained / NAME, Settings(20, 2), worker, SILENT
    )
    assert found.float_answers.shape[:1] == found.labels.shape == (190,)
    judged = Judged(found)
    assert [row[:2] for row in judged.engine_rows()] == [
        (NAME, engine) for engine in ("float", *COMPARED)
    ]
    assert all(made.fully_integer for made in found.engines.values())
    for made in found.engines.values():
        assert made.answers.shape == (2, *found.float_answers.shape)
        assert made.size < found.float_size
        assert judged.sqnr(made.answers[0], np.arange(190)) > 10
    pairs = list(judged.pairs())
    assert [pair.rival for pair in pairs] == ["stock", "litert-quantizer"]
    for pair in pairs:
        ours_alone, theirs_alone = pair.alone
        assert pair.score.value == pytest.approx((ours_alone - theirs_alone) / 190)


def test_cifar_pictures_are_scaled_as_they_are_stored(shared_data, tmp_path):
    data = load("cifar10", shared_data)
    write_folder(tmp_path / "cifar", "image", "top1", data)
    image = TensorSpec("image", (1, 32, 32, 3), "float32")
    dataset = open_dataset(str(tmp_path / "cifar"), [image], split="evaluate")
    assert dataset.count == 2000
    (sample,) = dataset.stream([7])
    expected = data.evaluate.inputs[7:8] * np.float32(1 / 255)
    np.testing.assert_allclose(sample.inputs["image"], expected, rtol=1e-6)
