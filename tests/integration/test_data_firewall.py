"""Twelve faults planted in data, each named by `convert` before the quantizer starts.

The model is the digits model as a float flatbuffer, which takes images from 0 to 1.
"""

import json
import re

import numpy as np
import pytest

from tests.commands import tflitekit
from tests.conftest import ROOT

pytestmark = pytest.mark.convert

with np.load(ROOT / "datasets" / "digits" / "train.npz") as _train:
    IMAGES = (_train["x"][:80] / np.float32(16)).astype(np.float32)
    LABELS = _train["y"][:80]

MODULE = """
import numpy as np
def images():
    rng = np.random.default_rng(0)
    for number in range(80):
        yield rng.random((8, 8, 1), np.float32), number % 10
once = images()
spent = images()
list(spent)
def spent_images():
    return spent
"""


def with_value(value):
    images = IMAGES.copy()
    images[7, 3, 3, 0] = value
    return images


def arrays(x, y=LABELS):
    return {"image": x} | ({} if y is None else {"y": y})


ERROR, WARNING = "error", "warning"
FAULTS = {
    "nan": (arrays(with_value(np.nan)), ERROR, "sample 7.*NaN"),
    "infinity": (arrays(with_value(-np.inf)), ERROR, "sample 7.*infinity"),
    "empty": (arrays(IMAGES[:0], LABELS[:0]), ERROR, "empty"),
    "one-shot generator": ("feed:once", WARNING, "ONE_SHOT.*only once"),
    "wrong shape": (arrays(IMAGES[:, :7]), ERROR, r"shape \[7, 8, 1\].*79 more"),
    "wrong dtype": (arrays(np.full(IMAGES.shape, "a")), ERROR, "text.*float32"),
    "wrong key": ({"picture": IMAGES}, ERROR, "image"),
    "0-255 into a 0-1 model": (
        arrays((IMAGES * 255).astype(np.uint8)),
        WARNING,
        "RANGE.*0 to 255.*as if made for 0 to 1",
    ),
    "constant input": (arrays(np.repeat(IMAGES[:1], 80, axis=0)), ERROR, "samples are equal"),
    "duplicates": (
        arrays(np.concatenate([IMAGES[:60], IMAGES[:20]])),
        WARNING,
        "DUPLICATES.*20 of 80",
    ),
    "too few samples": (arrays(IMAGES[:12], LABELS[:12]), WARNING, "FEW_SAMPLES.*12 samples"),
    "a single class": (arrays(IMAGES, np.full(80, 4)), WARNING, "SINGLE_CLASS.*labels are 4"),
}


@pytest.fixture(scope="module")
def model(digits):
    return digits / "float32.tflite"


def convert(model, folder, data):
    """The finished command; the fastest engine, because what it makes does not matter here."""
    if isinstance(data, dict):
        np.savez(folder / "data.npz", **data)
        data = "data.npz"
    (folder / "feed.py").write_text(MODULE)
    words = ("convert", model, "--data", data, "-o", "out.tflite", "--samples", "80")
    return tflitekit(*words, "--engine", "litert-quantizer", cwd=folder)


def found_in(folder):
    return json.loads((folder / "out.manifest.json").read_text())["data"]["findings"]


def test_there_are_twelve():
    assert len(FAULTS) == 12


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named_before_the_quantizer_starts(model, tmp_path, fault):
    data, severity, words = FAULTS[fault]
    done = convert(model, tmp_path, data)
    before = done.stderr.partition("Quantizing with")[0]
    assert "Traceback" not in done.stderr
    assert re.search(f"{severity}: .*{words}", before), done.stderr
    if severity == ERROR:
        assert done.returncode == 3
        assert "Quantizing with" not in done.stderr
        assert not (tmp_path / "out.tflite").exists()
    else:
        assert done.returncode == 0
        assert found_in(tmp_path) == re.findall("[A-Z_]{5,}", words)[:1]


def test_a_spent_generator_is_an_error(model, tmp_path):
    done = convert(model, tmp_path, "feed:spent_images")
    assert done.returncode == 3
    assert re.search("error: .*(exhausted|no samples)", done.stderr)


def test_good_data_give_no_warning(model, tmp_path):
    done = convert(model, tmp_path, arrays(IMAGES))
    assert done.returncode == 0
    assert "warning" not in done.stderr
    assert found_in(tmp_path) == []


def test_all_faults_of_a_run_are_named_together(model, tmp_path):
    images = with_value(np.nan)[:20] * 255
    images[5] = images[6]
    images[2, 0, 0, 0] = np.inf
    done = convert(model, tmp_path, arrays(images, np.zeros(20, np.uint8)))
    assert done.returncode == 3
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert re.search("2 faults.*sample 2.*infinity.*sample 7.*NaN", error)
    for tag in ("RANGE", "DUPLICATES", "FEW_SAMPLES", "SINGLE_CLASS"):
        assert f"warning: {tag}" in done.stderr


def test_a_declared_range_makes_it_an_error(model, tmp_path):
    np.savez(tmp_path / "bytes.npz", image=(IMAGES * 255).astype(np.uint8))
    (tmp_path / "dataset.toml").write_text(
        '[splits]\ncalibrate = "bytes.npz"\n[preprocess]\nrange = [0, 1]\n'
    )
    done = convert(model, tmp_path, ".")
    assert done.returncode == 3
    assert re.search("error: .*0 to 255, outside of what dataset.toml declares", done.stderr)
