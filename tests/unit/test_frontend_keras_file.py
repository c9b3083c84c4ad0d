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


def _external(file, other):
    file.create_dataset("w", (4,), "f4", external=[(str(other), 0, 16)])


def _virtual(file, other):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(str(other), "w", (4,))
    file.create_virtual_dataset("w", layout)


def _link(file, other):
    file["w"] = h5py.ExternalLink(str(other), "w")


@pytest.mark.parametrize("add", [_external, _virtual, _link])
def test_weights_of_another_file_are_refused(tmp_path, add):
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{}"
        file.create_dataset("own", data=[1.0])
    read_keras_file(path, ModelFormat.H5)
    with h5py.File(path, "a") as file:
        add(file.create_group("layer"), tmp_path / "secret")
    with pytest.raises(ModelError, match="another file"):
        read_keras_file(path, ModelFormat.H5)


@pytest.mark.parametrize("add", [_external, _virtual, _link])
def test_weights_of_another_file_are_refused_inside_an_archive_too(tmp_path, add):
    with h5py.File(tmp_path / "weights", "w") as file:
        add(file.create_group("layer"), tmp_path / "secret")
    weights = (tmp_path / "weights").read_bytes()
    path = write(tmp_path / "m", {"config.json": "{}", "model.weights.h5": weights})
    with pytest.raises(ModelError, match="another file"):
        read_keras_file(path, ModelFormat.KERAS)
