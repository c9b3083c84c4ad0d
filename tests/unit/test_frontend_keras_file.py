import json
import zipfile

import h5py
import pytest

from tflitekit.errors import ModelError
from tflitekit.frontend.detect import ModelFormat
from tflitekit.frontend.keras_file import read_keras_file


def write(path, entries, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_keras_file(tmp_path):
    entries = {"config.json": '{"a": 1}', "metadata.json": '{"keras_version": "3.1"}'}
    file = read_keras_file(write(tmp_path / "m", entries), ModelFormat.KERAS)
    assert (file.config, file.version) == ({"a": 1}, "3.1")


@pytest.mark.parametrize("version", ["2.9.0", b"2.9.0"])
def test_an_h5_file(tmp_path, version):
    with h5py.File(tmp_path / "m", "w") as file:
        file.attrs["model_config"] = json.dumps({"a": 1})
        file.attrs["keras_version"] = version
    read = read_keras_file(tmp_path / "m", ModelFormat.H5)
    assert (read.config, read.version) == ({"a": 1}, "2.9.0")


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil"])
def test_an_entry_outside_of_the_archive_is_refused(tmp_path, name):
    path = write(tmp_path / "m", {"config.json": "{}", name: "x"})
    with pytest.raises(ModelError, match="points outside"):
        read_keras_file(path, ModelFormat.KERAS)


def test_a_bomb_is_refused_unopened(tmp_path):
    entries = {"config.json": "{}", "model.weights.h5": bytes(80 << 20)}
    path = write(tmp_path / "m", entries, zipfile.ZIP_DEFLATED)
    with pytest.raises(ModelError, match="unpacks to"):
        read_keras_file(path, ModelFormat.KERAS)


@pytest.mark.parametrize("config", ["", "[1]", "{", "\xff", "[" * 100_000])
def test_a_configuration_that_is_no_json_object(tmp_path, config):
    path = write(tmp_path / "m", {"config.json": config.encode("latin-1")})
    with pytest.raises(ModelError, match="configuration"):
        read_keras_file(path, ModelFormat.KERAS)


def test_a_damaged_entry(tmp_path):
    path = write(tmp_path / "m", {"config.json": '{"a": "bcdefgh"}'})
    path.write_bytes(path.read_bytes().replace(b"bcdefgh", b"bcdefgX"))
    with pytest.raises(ModelError, match="damaged"):
        read_keras_file(path, ModelFormat.KERAS)
