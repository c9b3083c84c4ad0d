"""The engine `litert-quantizer`: fully integer where it can be, reproducible, and clear errors."""

import resource

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.fakes.counting import Counting
from tests.fakes.graphs import op, tensor
from tests.integration.test_engines_stock import accuracy, random_samples
from tflitekit.child import Worker
from tflitekit.errors import ConversionError
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import Model, read_model, write_model
from tflitekit.graph.model import Signature
from tflitekit.graph.strict import check_strict, fully_integer
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.engines.litert_quantizer import quantize_dynamic
from tflitekit.quantize.engines.registry import engine_named
from tflitekit.quantize.job import QuantizeJob

pytestmark = pytest.mark.convert


@pytest.fixture(scope="module")
def floats(worker, zoo, tmp_path_factory):
    """The float flatbuffer of a Keras model of the zoo."""
    folder = tmp_path_factory.mktemp("floats")

    def lowered(name):
        path = folder / f"{name}.tflite"
        if not path.exists():
            lower(ModelSource(zoo / f"{name}.keras"), path, worker, SILENT)
        return path

    return lowered


@pytest.fixture
def quantize(worker, tmp_path):
    """Quantize a float flatbuffer; gives the quantized one."""

    def quantized(path, io="int8", samples=random_samples, worker=worker, progress=SILENT):
        inputs = read_model(path).signature().input_specs()
        store = SampleStore.write(tmp_path / "samples", inputs, samples(inputs))
        job = QuantizeJob(path, store, io)
        return engine_named("litert-quantizer").quantize(job, worker, progress).flatbuffer

    return quantized


def save(path, model, x, y):
    """Write a model of one input and one output."""
    graph = model.main
    graph.inputs, graph.outputs = [x], [y]
    model.signatures["serving_default"] = Signature(graph, {"x": x}, {"y": y})
    path.write_bytes(write_model(model))


@pytest.mark.parametrize("io", ["int8", "uint8", "float32"])
def test_a_cnn_is_fully_integer(floats, quantize, io):
    model = read_model(quantize(floats("cnn"), io))
    assert fully_integer(model)
    check_strict(model, float_io=io == "float32")
    signature = model.signatures["serving_default"]
    assert [(spec.name, spec.dtype) for spec in signature.input_specs()] == [("image", io)]
    assert [(spec.name, spec.dtype) for spec in signature.output_specs()] == [("digit", io)]


def test_weights_have_a_scale_for_each_channel(floats, quantize):
    (conv,) = [one for one in read_model(quantize(floats("cnn"))).ops() if one.name == "CONV_2D"]
    assert len(conv.inputs[1].quantization.scales) == conv.inputs[1].shape[0] > 1


def test_outputs_stay_close_to_the_float_model(floats, quantize, recorded, run_flatbuffer):
    """Calibrated with what is run: its ranges are moving averages, and clip what is rarer."""
    inputs, expected = recorded("cnn")
    quantized = quantize(floats("cnn"), "float32", lambda specs: [inputs] * 2)
    outputs = run_flatbuffer(quantized, inputs)
    np.testing.assert_allclose(outputs["digit"], expected["digit"], atol=0.02)


def test_each_input_gets_its_own_range(floats, quantize):
    def samples(inputs):
        for _ in range(2):
            yield {"narrow": np.ones((1, 3), np.float32), "wide": np.full((1, 3), 100, np.float32)}

    signature = read_model(quantize(floats("two_ranges"), samples=samples)).signature()
    scales = {spec.name: spec.scale for spec in signature.input_specs()}
    assert scales["wide"] == pytest.approx(100 / 255, rel=0.01)
    assert scales["narrow"] == pytest.approx(1 / 255, rel=0.01)


def test_the_order_of_inputs_and_outputs_is_kept(floats, quantize):
    signature = read_model(quantize(floats("two_by_two"))).signature()
    assert list(signature.inputs) == ["right", "left"]
    assert list(signature.outputs) == ["up", "down"]


def test_integer_inputs_stay_and_float_ops_are_found(floats, quantize):
    model = read_model(quantize(floats("transformer")))
    assert [spec.dtype for spec in model.signature().input_specs()] == ["int32"]
    with pytest.raises(ConversionError, match="NEG"):
        check_strict(model)


def test_the_same_inputs_give_the_same_bytes_in_another_process(floats, quantize):
    once = quantize(floats("cnn"))
    with Worker(fix_addresses=False) as another:
        assert quantize(floats("cnn"), worker=another) == once


def test_progress_counts_the_samples(floats, quantize):
    progress = Counting()
    quantize(floats("cnn"), progress=progress)
    assert progress.heard == [(20, "samples"), *[1] * 20]


def test_memory_does_not_grow_with_the_samples(tmp_path):
    """300 samples of 1.2 MB: held together they would be 370 MB."""
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (1, 320, 320, 3))
    save(tmp_path / "m.tflite", model, x, op(graph, "RELU", [x], x.shape))
    peaks = []
    for count in (10, 300):
        blank = np.zeros((1, 320, 320, 3), np.float32)
        samples = ({"x": blank + number % 2} for number in range(count))
        specs = read_model(tmp_path / "m.tflite").signature().input_specs()
        store = SampleStore.write(tmp_path / "samples", specs, samples)
        with Worker() as worker:
            job = QuantizeJob(tmp_path / "m.tflite", store)
            engine_named("litert-quantizer").quantize(job, worker, SILENT)
            peaks.append(worker.call(f"{__name__}:peak_rss", SILENT, doing="asking"))
    assert peaks[1] < peaks[0] + 50_000_000


def peak_rss(progress):
    """Bytes. A job for a `Worker`."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_loop_is_refused_by_name(floats, quantize):
    with pytest.raises(ConversionError, match=r"litert-quantizer.*loop"):
        quantize(floats("recurrent"))


def test_an_op_that_it_cannot_run_is_named(quantize, tmp_path):
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (1, 4))
    save(tmp_path / "m.tflite", model, x, op(graph, "Mystery", [x], (1, 4), custom=True))
    with pytest.raises(ConversionError, match="Mystery") as caught:
        quantize(tmp_path / "m.tflite")
    assert "--engine" in caught.value.hint


def test_tensors_of_one_name_are_told_apart(quantize, tmp_path):
    """The package itself refuses them."""
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (1, 4))
    first = op(graph, "RELU", [x], (1, 4))
    second = op(graph, "RELU", [first], (1, 4))
    first.name = second.name = "relu"
    save(tmp_path / "m.tflite", model, x, second)
    assert fully_integer(read_model(quantize(tmp_path / "m.tflite")))


def test_the_dynamic_recipe_keeps_activations_float(floats, worker, recorded, run_flatbuffer):
    flatbuffer = quantize_dynamic(floats("cnn"), worker, SILENT)
    inputs, expected = recorded("cnn")
    outputs = run_flatbuffer(flatbuffer, inputs)
    np.testing.assert_allclose(outputs["digit"], expected["digit"], atol=0.05)
    signature = read_model(flatbuffer).signature()
    assert {spec.dtype for spec in signature.input_specs() + signature.output_specs()} == {
        "float32"
    }
    (conv,) = [one for one in read_model(flatbuffer).ops() if one.name == "CONV_2D"]
    assert [one.dtype for one in conv.operands][:2] == ["float32", "int8"]


def test_digits_keep_their_accuracy(digits, quantize):
    folder = ROOT / "datasets" / "digits"
    train, test = (dict(np.load(folder / f"{part}.npz")) for part in ("train", "test"))
    for part in (train, test):
        part["x"] = part["x"].astype(np.float32) / 16

    def samples(inputs):
        return ({"image": x[None]} for x in train["x"][:200])

    after = accuracy(quantize(digits / "float32.tflite", "float32", samples), test)
    assert after >= accuracy((digits / "float32.tflite").read_bytes(), test) - 0.005


def test_kws_keeps_its_accuracy(shared_data, worker, quantize, tmp_path):
    folder = shared_data / "kws01"
    samples = np.load(folder / "eval.npz")
    lowered = lower(
        ModelSource(folder / "float32.tflite"), tmp_path / "float.tflite", worker, SILENT
    )
    (spec,) = read_model(lowered.path).signature().input_specs()

    def chosen(inputs):
        return ({spec.name: x[None]} for x in samples["x"][::5])

    quantized = quantize(lowered.path, "float32", chosen)
    check_strict(read_model(quantized), float_io=True)
    assert accuracy(quantized, samples) >= accuracy(lowered.path.read_bytes(), samples) - 0.01
