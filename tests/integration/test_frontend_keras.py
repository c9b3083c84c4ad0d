"""Keras files of every kind into float flatbuffers."""

import json
import shutil
import zipfile

import numpy as np
import pytest

from tflitekit.child import Worker
from tflitekit.errors import ConversionError, ModelError, UsageError
from tflitekit.frontend.detect import ModelFormat
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model
from tflitekit.graph.layers import layer_of
from tflitekit.progress import SILENT

pytestmark = pytest.mark.convert


@pytest.fixture
def convert(worker, zoo, tmp_path, monkeypatch):
    """Lower a model of the zoo; `from_here` is what a user in its folder would see."""
    monkeypatch.chdir(zoo)

    def lowered(name, **options):
        return lower(ModelSource(zoo / name, **options), tmp_path / "out.tflite", worker, SILENT)

    return lowered


MODELS = [
    ("cnn.keras", "cnn", "keras 3"),
    ("cnn.h5", "cnn", "keras 3"),
    ("keras2.h5", "keras2", "tf_keras"),
    ("keras2.keras", "keras2", "tf_keras 2"),
    ("keras2_ops.h5", "keras2_ops", "tf_keras 2"),
    ("sequential.keras", "sequential", "keras 3"),
    ("two_by_two.keras", "two_by_two", "keras 3"),
    ("by_key.keras", "by_key", "keras 3"),
    ("shared_outputs.keras", "shared_outputs", "keras 3"),
    ("transformer.keras", "transformer", "keras 3"),
]


@pytest.mark.parametrize(("file", "record", "reader"), MODELS)
def test_outputs_and_names_are_those_of_the_model(
    convert, recorded, run_flatbuffer, file, record, reader
):
    inputs, expected = recorded(record)
    made = convert(file)
    signature = read_model(made.path).signatures["serving_default"]
    assert list(signature.inputs) == list(inputs)
    assert list(signature.outputs) == list(expected)
    outputs = run_flatbuffer(made.path, inputs)
    for name, values in expected.items():
        np.testing.assert_allclose(outputs[name], values, rtol=1e-4, atol=1e-5)
    assert made.reader.startswith(reader)


def test_a_large_model_ends_the_child_that_held_it(convert, worker, monkeypatch):
    ended = []
    monkeypatch.setattr(worker, "rest", lambda: ended.append(True))
    convert("cnn.keras")
    assert not ended
    monkeypatch.setattr("tflitekit.frontend.lower._LARGE", 1000)
    convert("cnn.keras")
    assert ended


def test_everything_is_float_and_static(convert):
    model = read_model(convert("transformer.keras").path)
    for op in model.ops():
        assert all(tensor.is_static for tensor in op.outputs), op
        assert op.name not in ("SHAPE", "PACK", "STRIDED_SLICE")


def test_batch_norm_is_folded_and_training_layers_are_gone(convert):
    names = [op.name for op in read_model(convert("cnn.keras").path).ops()]
    assert names == ["CONV_2D", "MAX_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]


def test_tensors_name_their_layers(convert):
    """Keras counts scopes up; errors must name the layer that the user wrote."""
    made = convert("two_by_two.keras")
    assert made.layers == ("right", "left", "concatenate", "up", "down")
    found = {layer_of(tensor.name) for tensor in read_model(made.path).main.tensors}
    assert {"concatenate", "up", "down"} <= found
    assert not found & {"concatenate_1", "up_1", "down_1"}


def test_what_is_told_of_the_source(convert, zoo):
    made = convert("cnn.keras")
    assert made.format is ModelFormat.KERAS
    assert len(made.sha256) == 64
    assert made.sha256 != convert("cnn.h5").sha256


def test_the_same_source_gives_the_same_bytes(convert, zoo, tmp_path):
    once = convert("cnn.keras").path.read_bytes()
    with Worker() as another:
        source = ModelSource(zoo / "cnn.keras")
        again = lower(source, tmp_path / "again.tflite", another, SILENT).path.read_bytes()
    assert once == again


def test_the_source_is_not_touched(convert, zoo):
    before = {path: path.stat().st_mtime_ns for path in zoo.rglob("*")}
    convert("cnn.keras")
    convert("cnn_saved_model")
    assert {path: path.stat().st_mtime_ns for path in zoo.rglob("*")} == before


def test_a_file_without_a_suffix_is_read_by_its_contents(worker, zoo, tmp_path):
    for name in ("cnn.keras", "cnn.h5"):
        shutil.copy(zoo / name, tmp_path / "model")
        lower(ModelSource(tmp_path / "model"), tmp_path / "out.tflite", worker, SILENT)


def test_batch(convert, run_flatbuffer):
    made = convert("cnn.keras", batch=4)
    outputs = run_flatbuffer(made.path, {"image": np.zeros((4, 8, 8, 1), np.float32)})
    assert outputs["digit"].shape == (4, 3)


@pytest.mark.parametrize("file", ["open_size.keras", "open_size_saved_model"])
def test_an_open_size_has_to_be_given(convert, file):
    with pytest.raises(ModelError, match="--input-shape image=1,N,N,3") as caught:
        convert(file)
    assert "'image'" in caught.value.where
    assert "axis 1" in caught.value.what


@pytest.mark.parametrize("file", ["open_size.keras", "open_size_saved_model"])
def test_a_given_size_is_used(convert, recorded, run_flatbuffer, file):
    inputs, expected = recorded("open_size")
    made = convert(file, input_shapes={"image": (2, 5, 6, 3)})
    (output,) = run_flatbuffer(made.path, inputs).values()
    np.testing.assert_allclose(output, expected["mean"], rtol=1e-5)


def test_a_shape_that_does_not_work_inside_is_an_error(convert):
    with pytest.raises(UsageError, match="no input 'picture'"):
        convert("open_size.keras", input_shapes={"picture": (1, 5, 6, 3)})
    with pytest.raises(UsageError, match="does not fit"):
        convert("open_size.keras", input_shapes={"image": (1, 5, 6, 4)})


def test_an_op_that_tensorflow_lite_lacks_is_named(convert):
    with pytest.raises(ConversionError, match="no op for MatrixInverse"):
        convert("no_such_op.keras")


@pytest.mark.parametrize("file", ["mixed.keras", "mixed2.h5"])
def test_mixed_precision_is_computed_in_float32(convert, file):
    model = read_model(convert(file).path)
    assert [op.name for op in model.ops()] == ["FULLY_CONNECTED"]
    assert {tensor.dtype for tensor in model.main.tensors} == {"float32"}


def test_a_table_is_refused(convert):
    with pytest.raises(ConversionError, match="keeps a table"):
        convert("table.keras")


LAMBDAS = ["lambda.keras", "lambda.h5", "keras2_lambda.h5", "keras2_lambda.keras"]


@pytest.mark.parametrize("options", [{}, {"custom_objects": "own_layers"}])
@pytest.mark.parametrize("file", LAMBDAS)
def test_a_lambda_is_refused_and_not_run(convert, zoo, file, options):
    with pytest.raises(ModelError, match="'sly' is a Lambda") as caught:
        convert(file, **options)
    assert "--trust" in caught.value.hint
    assert "--custom-objects" in caught.value.hint
    assert not (zoo / "lambda_ran").exists()


@pytest.mark.parametrize("file", LAMBDAS)
def test_a_trusted_lambda_runs(convert, zoo, file):
    convert(file, trust=True)
    mark = zoo / "lambda_ran"
    assert mark.exists()
    mark.unlink()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("own.keras", "Scale"),
        ("own.h5", "Scale"),
        ("registered.keras", "Shift"),
        ("registered.h5", "demo>Shift"),
        ("own_function.keras", "bend"),
        ("subclassed.keras", "Net"),
    ],
)
def test_an_unknown_class_is_refused_by_name(convert, file, name):
    with pytest.raises(ModelError, match=f"'{name}', which is not part of Keras") as caught:
        convert(file)
    assert "--custom-objects" in caught.value.hint


@pytest.mark.parametrize(
    ("file", "record"),
    [
        ("own.keras", "own"),
        ("own.h5", "own"),
        ("registered.keras", "registered"),
        ("registered.h5", "registered"),
        ("own_function.keras", "own_function"),
        ("subclassed.keras", "subclassed"),
        ("listed.keras", "listed"),
        ("keyed.keras", "keyed"),
        ("two_arguments.keras", "two_arguments"),
    ],
)
def test_a_module_of_the_users_defines_it(convert, recorded, run_flatbuffer, file, record):
    inputs, expected = recorded(record)
    outputs = run_flatbuffer(convert(file, custom_objects="own_layers").path, inputs)
    assert outputs.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(outputs[name], values, rtol=1e-5, atol=1e-6)


def test_importing_it_leaves_nothing_beside_it(convert, zoo):
    convert("own.keras", custom_objects="own_layers")
    assert not (zoo / "__pycache__").exists()


def test_trust_imports_the_module_that_the_file_names(convert, recorded, run_flatbuffer):
    inputs, expected = recorded("own")
    outputs = run_flatbuffer(convert("own.keras", trust=True).path, inputs)
    np.testing.assert_allclose(outputs["y"], expected["y"])


def test_a_module_that_does_not_define_it_does_not_help(convert):
    with pytest.raises(ModelError, match="uses 'Scale'"):
        convert("own.keras", custom_objects="json")
    with pytest.raises(UsageError, match="cannot be imported"):
        convert("own.keras", custom_objects="no_such_module")


def test_a_file_cannot_name_a_module_to_import(convert, zoo, tmp_path, worker):
    """Not even with custom objects of the same class name."""
    path = tmp_path / "sly.keras"
    with zipfile.ZipFile(zoo / "own.keras") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                content = content.replace(b'"own_layers"', b'"antigravity"')
                content = content.replace(b'"registered_name": "Scale"', b'"registered_name": null')
                content = content.replace(b'"Scale"', b'"Fly"')
            target.writestr(name, content)
    with pytest.raises(ModelError, match="uses 'Fly'"):
        lower(ModelSource(path), tmp_path / "o.tflite", worker, SILENT)
    source = ModelSource(path, custom_objects="own_layers")
    with pytest.raises(ModelError, match="uses 'Fly'"):
        lower(source, tmp_path / "o.tflite", worker, SILENT)


def test_a_damaged_file_is_one_clear_error(worker, zoo, tmp_path):
    whole = (zoo / "cnn.keras").read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 30):
        path = tmp_path / "cut.keras"
        path.write_bytes(whole[:size])
        with pytest.raises(ModelError, match=r"damaged|no known"):
            lower(ModelSource(path), tmp_path / "o.tflite", worker, SILENT)
    shutil.copy(zoo / "cnn.h5", tmp_path / "cut.h5")
    with (tmp_path / "cut.h5").open("r+b") as file:
        file.truncate(5000)
    with pytest.raises(ModelError, match="damaged"):
        lower(ModelSource(tmp_path / "cut.h5"), tmp_path / "o.tflite", worker, SILENT)
    assert not (tmp_path / "o.tflite").exists()


def test_a_configuration_that_keras_does_not_understand_is_an_error(worker, zoo, tmp_path):
    path = tmp_path / "odd.keras"
    with zipfile.ZipFile(zoo / "cnn.keras") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["config"]["layers"][1]["class_name"] = "Conv7D"
                content = json.dumps(config).encode()
            target.writestr(name, content)
    with pytest.raises(ModelError, match="Conv7D"):
        lower(ModelSource(path), tmp_path / "o.tflite", worker, SILENT)
