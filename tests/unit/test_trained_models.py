"""The list of trained models, and how their data are prepared. Nothing is trained here."""

import ast
from pathlib import Path

import numpy as np
import pytest

from tflitekit.bench.metrics import METRICS
from tflitekit.errors import DataError, UsageError
from tools.trained_models.data import DATA, DataSet, Part, load
from tools.trained_models.folder import write_folder
from tools.trained_models.table import ENTRIES, Ready, Training, chosen
from tools.trained_models.training import moved
from tools.trained_models.words import LENGTH, PADDING, UNKNOWN, encode, vocabulary

ROOT = Path(__file__).resolve().parents[2]
TRAINED = [entry for entry in ENTRIES if isinstance(entry.origin, Training)]


def test_there_are_at_least_ten_models_with_names_of_their_own():
    assert len(ENTRIES) >= 10
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_says_its_data_and_its_metric(entry):
    assert entry.data in DATA
    assert entry.metric in METRICS
    assert METRICS[entry.metric].against != "float"


@pytest.mark.parametrize("entry", TRAINED, ids=lambda entry: entry.name)
def test_the_build_function_is_there(entry):
    module, function = entry.origin.build.split(":")
    source = (ROOT / "tools" / "trained_models" / f"{module}.py").read_text()
    names = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert function in names


def test_models_of_ours_are_there():
    ours = [entry.origin for entry in ENTRIES if isinstance(entry.origin, Ready)]
    paths = [origin.path for origin in ours if origin.place == "repository"]
    assert paths
    assert all((ROOT / path).is_file() for path in paths)


def test_a_name_that_is_not_there():
    assert chosen([]) == ENTRIES
    with pytest.raises(UsageError, match="no such model"):
        chosen(["digits", "digit"])


def test_data_that_are_not_there(tmp_path):
    with pytest.raises(DataError, match="train10k"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize("name", ["digits", "breast_cancer", "diabetes"])
def test_no_sample_is_in_both_parts(tmp_path, name):
    data = load(name, tmp_path)
    train, held_out = (
        {sample.tobytes() for sample in part.inputs} for part in (data.train, data.evaluate)
    )
    assert not train & held_out


def test_words_are_numbered_by_how_often_they_are_read():
    words = vocabulary(["a good film", "a bad film", "a film"])
    assert words == {"a": 2, "film": 3, "bad": 4, "good": 5}
    numbers = encode(["a great film", "good " * 99], words)
    assert numbers.shape == (2, LENGTH)
    assert numbers[0, :4].tolist() == [2, UNKNOWN, 3, PADDING]
    assert (numbers[1] == 5).all()


def test_a_folder_keeps_every_held_out_sample_and_at_most_a_thousand_others(tmp_path):
    part = Part(np.zeros((1200, 2), np.float32), np.zeros(1200, np.int64))
    write_folder(tmp_path / "some", "values", "top1", DataSet("somewhere", "", part, part))
    with np.load(tmp_path / "some" / "calibrate.npz") as archive:
        assert archive["values"].shape == (1000, 2)
    with np.load(tmp_path / "some" / "evaluate.npz") as archive:
        assert archive["y"].shape == (1200,)


def test_pictures_are_shifted_and_mirrored_each_in_its_own_way():
    training = Training("some:net", "mse", epochs=1, shift=1, flip=True)
    picture = np.zeros((6, 6, 1), np.float32)
    picture[2, 2], picture[2, 3] = 1, 2
    many = moved(np.stack([picture] * 200), training, np.random.default_rng(0))
    seen = {tuple(np.argwhere(one[..., 0] == 1)[0]) for one in many}
    assert seen == {(row, column) for row in (1, 2, 3) for column in (1, 2, 3, 4)}
    assert (many.sum(axis=(1, 2, 3)) == 3).all()
    right_of_it = [one[..., 0][:, 1:][one[..., 0][:, :-1] == 1][0] == 2 for one in many]
    assert 60 < sum(right_of_it) < 140
