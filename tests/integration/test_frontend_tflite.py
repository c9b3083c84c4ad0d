"""Float .tflite files into float flatbuffers with static shapes."""

import numpy as np
import pytest

from tflitekit.child import Worker
from tflitekit.errors import ModelError, UsageError
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model, write_model
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.quantization import Quantization


class Warned:
    def __init__(self):
        self.texts = []

    def __getattr__(self, name):
        return lambda text: self.texts.append(text) if name == "warn" else None


@pytest.fixture
def convert(tmp_path):
    """Lower a model given as objects; no child is started for a .tflite file."""

    def lowered(model, progress=None, **options):
        path = tmp_path / "in.tflite"
        path.write_bytes(write_model(model))
        with Worker() as worker:
            source = ModelSource(path, **options)
            made = lower(source, tmp_path / "out.tflite", worker, progress or Warned())
            assert worker.fixed_addresses is None, "a child was started"
        return made.path

    return lowered


def dense(weights, weights_dtype="float32", quantization=None, decompressed=False):
    """x [?, 3] -> FULLY_CONNECTED -> y [?, 2], perhaps with a DEQUANTIZE before the weights."""
    graph = Subgraph("main")
    x = graph.add(Tensor("x", (1, 3), "float32", shape_signature=(-1, 3)))
    w = graph.constant("w", weights, weights_dtype)
    w.quantization = quantization
    used = w
    if decompressed:
        used = graph.add(Tensor("w32", w.shape, "float32"))
        graph.ops.append(Op("DEQUANTIZE", [w], [used]))
    y = graph.add(Tensor("y", (1, 2), "float32", shape_signature=(-1, 2)))
    options = {"asymmetric_quantize_inputs": True}
    graph.ops.append(Op("FULLY_CONNECTED", [x, used, None], [y], options=options))
    graph.inputs, graph.outputs = [x], [y]
    return Model([graph])


WEIGHTS = np.array([[1, -2, 3], [4, 5, -6]], np.float32)
X = np.array([[0.5, 1, 2], [1, 1, 1]], np.float32)


def test_shapes_become_static_and_a_signature_is_made(convert, run_flatbuffer):
    path = convert(dense(WEIGHTS), batch=2)
    signature = read_model(path).signatures["serving_default"]
    assert [spec.shape for spec in signature.input_specs()] == [(2, 3)]
    assert [spec.shape for spec in signature.output_specs()] == [(2, 2)]
    np.testing.assert_allclose(run_flatbuffer(path, {"x": X})["y"], X @ WEIGHTS.T)


def test_names_and_order_of_a_signature_are_kept(convert):
    model = dense(WEIGHTS)
    graph = model.main
    model.signatures = {
        "other": Signature(graph, {"in/x": graph.inputs[0]}, {"out": graph.outputs[0]})
    }
    signature = read_model(convert(model)).signatures["serving_default"]
    assert list(signature.inputs) == ["in/x"]
    assert list(signature.outputs) == ["out"]


INT8 = Quantization.affine([0.5, 0.25], [0, 0], axis=0)
STEPS = np.array([[2, -4, 6], [16, 20, -24]], np.int8)


@pytest.mark.parametrize(
    ("model", "warns"),
    [
        (lambda: dense(STEPS, "int8", INT8), True),
        (lambda: dense(STEPS, "int8", INT8, decompressed=True), True),
        (lambda: dense(WEIGHTS.astype(np.float16), "float16", decompressed=True), False),
    ],
    ids=["hybrid", "weight-only", "float16"],
)
def test_compressed_weights_become_float(convert, run_flatbuffer, model, warns):
    progress = Warned()
    path = convert(model(), progress, batch=2)
    made = read_model(path)
    (op,) = made.ops()
    assert op.name == "FULLY_CONNECTED"
    assert not op.options["asymmetric_quantize_inputs"], "an option of hybrid kernels"
    assert {tensor.dtype for tensor in made.main.tensors} == {"float32"}
    np.testing.assert_allclose(run_flatbuffer(path, {"x": X})["y"], X @ WEIGHTS.T)
    assert bool(progress.texts) == warns


def test_a_zero_point_and_a_single_scale_count(convert):
    path = convert(dense(STEPS, "int8", Quantization.affine(0.5, 2)))
    (weights,) = [t for t in read_model(path).main.tensors if t.is_constant]
    np.testing.assert_allclose(weights.data, (STEPS.astype(np.float32) - 2) * 0.5)


def test_an_integer_model_is_refused(convert):
    model = dense(WEIGHTS)
    (y,) = model.main.outputs
    y.dtype, y.quantization = "int8", Quantization.affine(0.1, 0)
    with pytest.raises(ModelError, match="quantized already: tensor 'y' is computed in int8"):
        convert(model)


def test_an_open_size_has_to_be_given(convert):
    model = dense(WEIGHTS)
    model.main.inputs[0].shape_signature = (-1, -1)
    with pytest.raises(ModelError, match="--input-shape x=1,N"):
        convert(model)
    assert convert(model, input_shapes={"x": (4, 3)}).exists()
    with pytest.raises(UsageError):
        convert(model, input_shapes={"x": (4,)})


def test_several_signatures_without_a_default_are_an_error(convert):
    model = dense(WEIGHTS)
    (x,), (y,) = model.main.inputs, model.main.outputs
    model.signatures = {key: Signature(model.main, {"x": x}, {"y": y}) for key in "ab"}
    with pytest.raises(ModelError, match="signatures a, b"):
        convert(model)


def test_kws(shared_data, tmp_path, run_flatbuffer):
    """Its "float" file is a dynamic-range one: five of its weights are integers."""
    path = shared_data / "kws01" / "float32.tflite"
    if not path.is_file():
        pytest.skip(f"no {path}")
    progress = Warned()
    with Worker() as worker:
        made = lower(ModelSource(path), tmp_path / "out.tflite", worker, progress)
    assert "5 weights" in progress.texts[0]
    x = np.load(shared_data / "kws01" / "eval.npz")["x"][:1]
    before, after = (run_flatbuffer_raw(file, x) for file in (path, made.path))
    np.testing.assert_allclose(after, before, atol=0.05)


def run_flatbuffer_raw(path, x):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
