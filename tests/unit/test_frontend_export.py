"""What the front end keeps while TensorFlow's converter runs."""

import weakref

from tflitekit.frontend import export
from tflitekit.frontend.export import Function


def test_the_model_is_forgotten_before_it_is_converted(tmp_path, monkeypatch):
    held = []

    class Weights:
        def __init__(self):
            self.itself = self  # as Keras models do

    def load():
        weights = Weights()
        held.append(weakref.ref(weights))
        return Function(lambda _: [], (), (), [weights], "model.keras", "keras 3", ["dense"])

    def convert(folder, saved):
        assert held[0]() is None
        return b"flatbuffer of " + saved.where.encode()

    monkeypatch.setattr(export, "_saved", lambda function, folder: saved_of(function))
    monkeypatch.setattr(export, "_convert", convert)
    names = export.export(load, tmp_path / "float.tflite", tmp_path)
    assert names == {"layers": ["dense"]}
    assert (tmp_path / "float.tflite").read_bytes() == b"flatbuffer of model.keras"


def saved_of(function):
    return export._Saved({"layers": list(function.layers)}, function.where, function.scopes)


def test_only_keras_3_opens_scopes():
    def scopes(reader):
        return Function(lambda _: [], (), (), (), "model", reader, ["dense"]).scopes

    assert scopes("keras 3.15.1") == ["dense"]
    assert not scopes("tf_keras 2.21.0")
