"""Models beyond 2 GiB, whose constants lie behind the flatbuffer; the limit is lowered here."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.listening import Listening
from tflitekit.data import Sample
from tflitekit.devices.registry import open_device
from tflitekit.errors import ConversionError
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model, writer
from tflitekit.pipeline.build import build_artifact
from tflitekit.pipeline.requests import ConvertRequest
from tflitekit.progress import SILENT
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.inference import infer
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.convert, pytest.mark.build]


@pytest.fixture
def convert(zoo, recorded, tmp_path):
    """Convert a transformer with custom ops of ours to int8; gives what it answers, too."""
    ((name, tokens),) = recorded("transformer")[0].items()
    random = np.random.default_rng(0)
    samples = random.permuted(np.repeat(tokens, 32, axis=0), axis=1)
    np.savez(tmp_path / "samples.npz", **{name: samples})

    def converted(out, progress=SILENT, **choices):
        options = choices or {"recipe": Recipe(kernels="always")}
        request = ConvertRequest(
            ModelSource(zoo / "transformer.keras"),
            str(tmp_path / "samples.npz"),
            tmp_path / out,
            float_out=tmp_path / f"float_{out}",
            **options,
        )
        build_artifact(request, progress)
        files = tmp_path / out, tmp_path / f"float_{out}"
        given = [Sample(0, {name: tokens[:1]}, None)]
        with open_session(open_device("local"), SILENT) as session:
            return [
                (file, infer(session, file, read_model(file), given, keep=False)) for file in files
            ]

    return converted


def inside(file: Path) -> int:
    """Bytes of constants in the flatbuffer itself."""
    model = schema.Model.GetRootAs(file.read_bytes(), 0)
    return sum(model.Buffers(index).DataLength() for index in range(model.BuffersLength()))


def test_constants_behind_the_flatbuffer_give_the_same_answers(convert, monkeypatch):
    heard = Listening()
    plain = convert("plain.tflite")
    monkeypatch.setattr(writer, "LARGEST_FLATBUFFER", 1000)
    large = convert("large.tflite", heard)
    for (file, answers), (large_file, large_answers) in zip(plain, large, strict=True):
        assert inside(file) > 1000
        assert inside(large_file) == 0
        for name, values in answers.items():
            np.testing.assert_array_equal(large_answers[name], values)
    assert read_model(large[0][0]).main.ops[-1].inputs, "it can be read again"
    assert any(op.custom for op in read_model(large[0][0]).ops())
    assert [text for text in heard.heard if "larger than 2 GiB" in text]


def test_an_engine_that_cannot_read_them_refuses(convert, monkeypatch):
    monkeypatch.setattr(writer, "LARGEST_FLATBUFFER", 1000)
    with pytest.raises(ConversionError, match="stock engine cannot read") as caught:
        convert("large.tflite", engine="stock")
    assert "--engine tflitekit" in caught.value.hint
