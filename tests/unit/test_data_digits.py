"""The data set in the repository: its halves, its preprocessing, where it comes from."""

from __future__ import annotations

import json
import runpy
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tflitekit.data import open_dataset
from tflitekit.graph.spec import TensorSpec

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "digits"
TOOL = FOLDER.parents[1] / "tools" / "make_digits.py"
IMAGE = TensorSpec("image", (1, 8, 8, 1), "float32")


def test_halves_are_disjoint_balanced_and_scaled() -> None:
    halves = [
        open_dataset(str(FOLDER), [IMAGE], split="calibrate"),
        open_dataset(str(FOLDER), [IMAGE], split="evaluate"),
    ]
    assert [half.count for half in halves] == [898, 899]
    assert [half.metric for half in halves] == ["top1", "top1"]
    shares = [np.bincount(np.asarray(half.labels(), int)) for half in halves]
    assert np.abs(shares[0] - shares[1]).max() <= 1
    pictures = [{sample.inputs["image"].tobytes() for sample in half.stream()} for half in halves]
    assert not pictures[0] & pictures[1]
    sample = next(halves[0].stream())
    assert sample.inputs["image"].shape == (1, 8, 8, 1)
    assert 0.5 < sample.inputs["image"].max() <= 1.0


def test_source_and_licence_are_named() -> None:
    recipe = open_dataset(str(FOLDER), [IMAGE]).recipe
    assert recipe.licence == "CC-BY-4.0"
    assert "Optical Recognition of Handwritten Digits" in recipe.source


def test_the_halves_hold_what_scikit_learn_carries() -> None:
    carrier = pytest.importorskip("sklearn.datasets", reason="scikit-learn carries the digits")
    digits = carrier.load_digits()
    halves = [np.load(FOLDER / name) for name in ("train.npz", "test.npz")]
    images = np.concatenate([half["x"][..., 0] for half in halves])
    labels = np.concatenate([half["y"] for half in halves])
    assert _sorted(images, labels) == _sorted(digits.images.astype(np.uint8), digits.target)


def test_the_tool_makes_these_arrays(tmp_path: Path) -> None:
    pytest.importorskip("sklearn.datasets", reason="scikit-learn carries the digits")
    runpy.run_path(str(TOOL))["make"](tmp_path)
    for name in ("train.npz", "test.npz"):
        made, stored = np.load(tmp_path / name), np.load(FOLDER / name)
        np.testing.assert_array_equal(made["x"], stored["x"])
        np.testing.assert_array_equal(made["y"], stored["y"])


def test_the_model_is_small_and_holds_no_optimizer() -> None:
    model = FOLDER / "model.keras"
    assert model.stat().st_size < 600_000
    with zipfile.ZipFile(model) as archive:
        assert not json.loads(archive.read("config.json"))["compile_config"]


def _sorted(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> list[tuple[bytes, int]]:
    return sorted((one.tobytes(), int(digit)) for one, digit in zip(images, labels, strict=True))
