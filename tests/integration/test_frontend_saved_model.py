"""SavedModel folders into float flatbuffers."""

import shutil

import numpy as np
import pytest

from tflitekit.errors import ConversionError, ModelError
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model
from tflitekit.progress import SILENT

pytestmark = pytest.mark.convert


@pytest.fixture
def convert(worker, tmp_path):
    def lowered(path, **options):
        return lower(ModelSource(path, **options), tmp_path / "out.tflite", worker, SILENT)

    return lowered


@pytest.mark.parametrize(
    ("folder", "record"), [("cnn_saved_model", "cnn"), ("keras2_saved_model", "keras2")]
)
def test_outputs_are_those_of_the_model(convert, zoo, recorded, run_flatbuffer, folder, record):
    inputs, expected = recorded(record)
    made = convert(zoo / folder)
    (output,) = run_flatbuffer(made.path, inputs).values()
    np.testing.assert_allclose(output, expected["digit"], rtol=1e-4)
    signature = read_model(made.path).signature()
    assert [(spec.name, spec.shape) for spec in signature.input_specs()] == [
        ("image", (1, 8, 8, 1))
    ]
    assert made.reader.startswith("tensorflow ")


def test_the_only_signature_is_taken(convert, zoo, run_flatbuffer):
    outputs = run_flatbuffer(
        convert(zoo / "one_signature").path, {"x": np.ones((1, 4), np.float32)}
    )
    assert outputs["y"].tolist() == [[2, 2, 2, 2]]


def test_none_or_several_signatures_are_an_error(convert, zoo):
    with pytest.raises(ModelError, match="signatures a, b"):
        convert(zoo / "two_signatures")
    with pytest.raises(ModelError, match="no signature"):
        convert(zoo / "no_signature")


@pytest.mark.parametrize(
    ("folder", "op"), [("writes", "WriteFile"), ("python", "PyFunc"), ("saves", "SaveV2")]
)
def test_an_op_that_acts_on_the_machine_is_refused(convert, zoo, folder, op):
    with pytest.raises(ModelError, match=f"is a {op}") as caught:
        convert(zoo / folder)
    assert "--trust" in caught.value.hint
    assert not list(zoo.glob("op_ran*"))


@pytest.mark.parametrize(("folder", "op"), [("writes", "WriteFile"), ("python", "PyFunc")])
def test_trust_lets_it_in_and_tensorflow_lite_has_no_such_op(convert, zoo, folder, op):
    with pytest.raises(ConversionError, match=f"no op for {op}"):
        convert(zoo / folder, trust=True)


def test_a_damaged_folder_is_one_clear_error(convert, zoo, tmp_path):
    folder = shutil.copytree(zoo / "cnn_saved_model", tmp_path / "damaged")
    shutil.rmtree(folder / "variables")
    with pytest.raises(ModelError, match="cannot be loaded"):
        convert(folder)
    graph = folder / "saved_model.pb"
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be read"):
        convert(folder)


def test_kws(convert, shared_data, run_flatbuffer):
    folder = shared_data / "kws01" / "saved_model"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    made = convert(folder)
    samples = np.load(shared_data / "kws01" / "eval.npz")
    (output,) = run_flatbuffer(made.path, {"input_1": samples["x"][:1]}).values()
    assert output.shape == (1, 12)
    assert output.sum() == pytest.approx(1, abs=1e-4)
