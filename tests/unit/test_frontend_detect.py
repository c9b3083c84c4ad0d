import io
import pickle
import zipfile

import h5py
import numpy as np
import pytest

from tflitekit.errors import ModelError
from tflitekit.frontend.detect import ModelFormat, detect


def zipped(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "x" * 100)  # of 1980, always
    return stream.getvalue()


def hdf5(**attributes):
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs.update(attributes)
        file["weights"] = np.zeros(1000)
    return stream.getvalue()


def npz():
    stream = io.BytesIO()
    np.savez(stream, x=np.zeros(3))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (zipped("metadata.json", "config.json", "model.weights.h5"), ModelFormat.KERAS),
        (hdf5(model_config="{}"), ModelFormat.H5),
        (b"\x1c\0\0\0TFL3" + bytes(100), ModelFormat.TFLITE),
    ],
)
def test_contents_tell_and_names_do_not(tmp_path, content, expected):
    for name in ("model", "model.keras", "model.h5", "model.tflite"):
        path = tmp_path / name
        path.write_bytes(content)
        assert detect(path) is expected


def test_a_saved_model_is_a_folder(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01\x12")
    assert detect(tmp_path) is ModelFormat.SAVED_MODEL


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.keras", b"", "is empty"),
        ("m.keras", b"just some words\n", "is a text file"),
        ("m.keras", "é".encode() * 4000, "is a text file"),
        ("m.json", b'{"class_name": "Functional"}', "is a text file"),
        ("m.keras", zipped("config.json", "model.weights.h5")[:80], "damaged zip"),
        ("m.keras", zipped("a.txt"), "without config.json"),
        ("m.pt", zipped("archive/data.pkl", "archive/version"), "PyTorch"),
        ("m.pt", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
        ("m.pkl", pickle.dumps([1]), "Python pickle"),
        ("m.npz", npz(), "NumPy archive"),
        ("m.npy", b"\x93NUMPY\x01\x00", "NumPy array"),
        ("m.onnx", b"\x08\x07\x12\x07pytorch", "ONNX"),
        ("m", b"\x08\x07\x12\x07pytorch" + bytes(9), "ONNX"),
        ("m.pb", b"\n\x1b\n\x05input\x12\x0bPlaceholder", "frozen TensorFlow 1 graph"),
        ("saved_model.pb", b"\x08\x01\x12\xff\x01", "inner file of a SavedModel"),
        ("m.safetensors", b"\x10\0\0\0\0\0\0\0" + b'{"a": 1}', "safetensors"),
        ("m.gguf", b"GGUF\x03\0\0\0", "GGUF"),
        ("m.keras", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("m.tar.gz", b"\x1f\x8b\x08\0", "gzip"),
        ("m.h5", hdf5(), "holds weights and no model"),
        ("m.h5", hdf5(model_config="{}")[:1000], "damaged HDF5"),
        ("m.keras", bytes(range(200, 256)), "no known model format"),
    ],
)
def test_anything_else_is_refused_and_named(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match=said) as caught:
        detect(path)
    assert caught.value.where == str(path)


def test_a_missing_file_and_a_plain_folder(tmp_path):
    with pytest.raises(ModelError, match="does not exist"):
        detect(tmp_path / "nothing.keras")
    with pytest.raises(ModelError, match=r"without saved_model\.pb"):
        detect(tmp_path)
