"""The first settings of a model are valid, and so is everything in them that is commented out."""

import re
import tomllib
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.graphs import dense
from tests.fakes.table_model import table_model
from tflitekit.errors import DataError, ModelError, OutputError, UsageError
from tflitekit.gates.documents import of_file
from tflitekit.gates.limit import parse_limit
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.graph import write_model
from tflitekit.pipeline.first_settings import write_first_settings
from tflitekit.pipeline.inspecting import inspect_model
from tflitekit.project.read import read_settings
from tflitekit.project.settings import Name
from tflitekit.project.template import ROOM, FirstModel, name_of, settings_text

SETTING = re.compile(r"^# (?=\[|\w+ = )", re.MULTILINE)
"""What turns a setting into a comment."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder: a float and a quantized model, and data."""
    (tmp_path / "int8.tflite").write_bytes(table_model())
    (tmp_path / "float32.tflite").write_bytes(write_model(dense()))
    (tmp_path / "data.npz").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_finished_model_gets_budgets_of_what_it_is(folder):
    write_first_settings(folder / "int8.tflite", None, folder / "tflitekit.toml")
    (model,) = read_settings(folder / "tflitekit.toml").models.values()
    assert model.file == folder / "int8.tflite"
    measured = {one.quantity: one for one in of_file(inspect_model(model.file))}
    limits = model.limits_on(None)
    assert limits.keys() == measured.keys()
    assert limits["custom_ops"].bound == 1
    for name, limit in limits.items():
        value = measured[name].value
        room = 0 if QUANTITIES[name].unit in ("count", "version") else ROOM * value
        assert value + room <= limit.bound <= 1.01 * (value + room) + 1, name


def test_a_model_that_is_not_quantized_is_to_be_built(folder):
    write_first_settings(folder / "float32.tflite", "data.npz", folder / "tflitekit.toml")
    (model,) = read_settings(folder / "tflitekit.toml").models.values()
    assert (model.source, model.file) == (folder / "float32.tflite", None)
    assert model.data == str(folder / "data.npz")
    assert {"float_tensors", "size_ratio", "accuracy_drop"} <= model.limits_on(None).keys()


@pytest.mark.parametrize("name", ["int8.tflite", "float32.tflite"])
def test_what_is_commented_out_is_valid_too(folder, name):
    file = folder / "tflitekit.toml"
    write_first_settings(folder / name, "digits", file)
    text = file.read_text()
    before = read_settings(file)
    file.write_text(SETTING.sub("", text))
    after = read_settings(file)
    assert before.devices == {}
    assert after.devices["phone"].uri == "adb"
    assert len(file.read_text()) <= len(text) - 2 * 6
    (model,) = after.models.values()
    assert {"accuracy", "latency"} <= model.limits_on("phone").keys()


def test_paths_are_relative_to_the_file(folder):
    (folder / "ci").mkdir()
    write_first_settings(folder / "float32.tflite", "data.npz", folder / "ci" / "mine.toml")
    text = (folder / "ci" / "mine.toml").read_text()
    assert 'source = "../float32.tflite"' in text
    assert 'data = "../data.npz"' in text
    (model,) = read_settings(folder / "ci" / "mine.toml").models.values()
    assert model.source.samefile(folder / "float32.tflite")


def test_data_of_the_folder_are_found_from_another(folder):
    data = folder / "datasets" / "own"
    data.mkdir(parents=True)
    (data / "dataset.toml").touch()
    (folder / "code.py").touch()
    (folder / "ci").mkdir()
    for number, (spec, written) in enumerate(
        [
            ("own", "../datasets/own"),
            ("digits", "digits"),
            ("code.py:samples", "../code.py:samples"),
            ("my.module:samples", "my.module:samples"),
        ]
    ):
        file = folder / "ci" / f"{number}.toml"
        write_first_settings(folder / "float32.tflite", spec, file)
        assert tomllib.loads(file.read_text())["models"]["float32"]["data"] == written
        read_settings(file)


def test_nothing_is_overwritten(folder):
    file = folder / "tflitekit.toml"
    file.write_text("mine")
    with pytest.raises(OutputError, match="there already"):
        write_first_settings(folder / "int8.tflite", None, file)
    assert file.read_text() == "mine"
    link = folder / "link.toml"
    link.symlink_to("nowhere")
    with pytest.raises(OutputError, match="there already"):
        write_first_settings(folder / "int8.tflite", None, link)


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("float32.tflite", None, UsageError),
        ("float32.tflite", "digts", DataError),
        ("none.keras", "digits", ModelError),
        ("data.npz", "digits", ModelError),
    ],
)
def test_what_cannot_be_written_for_leaves_no_file(folder, name, data, error):
    with pytest.raises(error):
        write_first_settings(folder / name, data, folder / "tflitekit.toml")
    assert not (folder / "tflitekit.toml").exists()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/digits_int8.tflite", "digits_int8"),
        ("datasets/digits/model.keras", "digits"),
        ("my model (v1.2).tflite", "my_model_v1_2"),
        ("exported/saved_model", "exported"),
        ("model.keras", "model"),
        ("ü.keras", "model"),
    ],
)
def test_a_model_is_called_by_its_file_or_folder(path, name):
    assert name_of(PurePosixPath(path)) == name


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1))
def test_any_file_name_gives_valid_toml(name):
    for measured in (None, [Measurement("size", 1.0)]):
        text = settings_text(FirstModel(PurePosixPath("x", name), name, measured))
        ((key, model),) = tomllib.loads(text)["models"].items()
        assert model["data"] == name
        assert model.get("source", model.get("file")) == PurePosixPath("x", name).as_posix()
        (pattern,) = Name.__metadata__
        assert re.fullmatch(pattern.metadata[0].pattern, key)


@given(st.sampled_from(["size", "macs", "bytes_moved"]), st.floats(0, 1e13))
def test_a_bound_is_never_below_what_was_measured(quantity, value):
    text = settings_text(FirstModel(PurePosixPath("m"), None, [Measurement(quantity, value)]))
    bound = parse_limit(quantity, tomllib.loads(text)["models"]["m"]["budget"][quantity]).bound
    assert value <= bound <= 1.04 * value + 1
