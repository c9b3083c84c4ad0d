"""The stock engine: equal to TensorFlow's own converter, strict where that is, reproducible."""

import numpy as np
import pytest

from tests.fakes.counting import Counting
from tflitekit.child import Worker
from tflitekit.errors import ConversionError
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model, write_model
from tflitekit.graph.strict import check_strict, fully_integer
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.engines.registry import ENGINES
from tflitekit.quantize.job import QuantizeJob

pytestmark = pytest.mark.convert


def random_samples(inputs, count=20):
    random = np.random.default_rng(3)
    for _ in range(count):
        yield {
            spec.name: random.random(spec.shape, np.float32)
            if spec.dtype == "float32"
            else random.integers(0, 9, spec.shape).astype(spec.dtype)
            for spec in inputs
        }


@pytest.fixture
def quantize(worker, zoo, tmp_path):
    """Lower a model and quantize it; gives the flatbuffer as it would be written."""

    def quantized(source, io="int8", samples=random_samples, worker=worker, progress=SILENT):
        lowered = lower(ModelSource(zoo / source), tmp_path / "float.tflite", worker, SILENT)
        inputs = read_model(lowered.path).signature().input_specs()
        store = SampleStore.write(tmp_path / "samples", inputs, samples(inputs))
        job = QuantizeJob(lowered.path, store, io)
        return write_model(read_model(ENGINES["stock"].quantize(job, worker, progress).flatbuffer))

    return quantized


@pytest.mark.parametrize("io", ["int8", "uint8", "int16", "float32"])
def test_a_cnn_is_fully_integer(quantize, io):
    model = read_model(quantize("cnn.keras", io))
    assert fully_integer(model)
    check_strict(model, float_io=io == "float32")
    signature = model.signatures["serving_default"]
    assert [(spec.name, spec.dtype) for spec in signature.input_specs()] == [("image", io)]
    assert [(spec.name, spec.dtype) for spec in signature.output_specs()] == [("digit", io)]


def test_outputs_stay_close_to_the_float_model(quantize, recorded, run_flatbuffer):
    inputs, expected = recorded("cnn")
    outputs = run_flatbuffer(quantize("cnn.keras", "float32"), inputs)
    np.testing.assert_allclose(outputs["digit"], expected["digit"], atol=0.02)


def described(flatbuffer):
    """Every op with types, constants and quantization; not how tensors are called."""

    def tensor(one):
        params = one.quantization
        scales = None if params is None else (params.scales.tolist(), params.zero_points.tolist())
        return one.dtype, one.shape, scales, None if one.raw is None else one.raw.tobytes()

    return [
        (op.name, [tensor(one) for one in op.operands], [tensor(one) for one in op.outputs])
        for op in read_model(flatbuffer).ops()
    ]


def test_it_equals_tensorflows_own_converter(quantize, worker, zoo, tmp_path):
    ours = quantize("cnn.keras")
    theirs = tmp_path / "theirs.tflite"
    worker.call(
        "tests.fakes.keras_zoo:convert_with_tensorflow",
        SILENT,
        doing="converting",
        model=str(zoo / "cnn.keras"),
        samples=str(tmp_path / "samples"),
        out=str(theirs),
    )
    assert described(ours) == described(theirs.read_bytes())


def test_inputs_are_fed_by_name(quantize):
    def samples(inputs):
        for scale in (0.5, 1.0):
            yield {
                "narrow": np.full((1, 3), scale, np.float32),
                "wide": np.full((1, 3), 100 * scale, np.float32),
            }

    signature = read_model(quantize("two_ranges.keras", samples=samples)).signature()
    scales = {spec.name: spec.scale for spec in signature.input_specs()}
    assert scales["wide"] == pytest.approx(100 / 255, rel=0.01)
    assert scales["narrow"] == pytest.approx(1 / 255, rel=0.01)


def test_the_order_of_inputs_and_outputs_is_kept(quantize):
    """The quantizer sorts them by name."""
    signature = read_model(quantize("two_by_two.keras")).signature()
    assert list(signature.inputs) == ["right", "left"]
    assert list(signature.outputs) == ["up", "down"]


def test_integer_inputs_stay_integers(quantize):
    model = read_model(quantize("transformer.keras"))
    assert [spec.dtype for spec in model.signature().input_specs()] == ["int32"]


def test_the_same_inputs_give_the_same_bytes_in_another_process(quantize):
    once = quantize("cnn.keras")
    with Worker() as another:
        assert quantize("cnn.keras", worker=another) == once


def test_a_loop_is_refused_before_it_crashes_the_calibrator(quantize):
    with pytest.raises(ConversionError, match="loop") as caught:
        quantize("recurrent.keras")
    assert "unroll" in caught.value.hint


def test_progress_counts_the_samples(quantize):
    progress = Counting()
    quantize("cnn.keras", progress=progress)
    assert progress.heard == [(20, "samples"), *[1] * 20]


def test_a_crash_of_the_calibrator_is_a_message(quantize, worker):
    def infinite(inputs):
        yield {spec.name: np.full(spec.shape, -np.inf, np.float32) for spec in inputs}

    with pytest.raises(ConversionError, match="SIG"):
        quantize("cnn.keras", samples=infinite)
    assert fully_integer(read_model(quantize("cnn.keras"))), "the worker goes on with a new child"


@pytest.mark.parametrize("source", ["saved_model", "float32.tflite"])
def test_kws_keeps_its_accuracy(shared_data, worker, tmp_path, source):
    folder = shared_data / "kws01"
    if not (folder / source).exists():
        pytest.skip(f"no {folder / source}")
    samples = np.load(folder / "eval.npz")
    lowered = lower(ModelSource(folder / source), tmp_path / "float.tflite", worker, SILENT)
    (spec,) = read_model(lowered.path).signature().input_specs()
    chosen = ({spec.name: x[None]} for x in samples["x"][::5])
    store = SampleStore.write(tmp_path / "samples", [spec], chosen)
    quantized = ENGINES["stock"].quantize(
        QuantizeJob(lowered.path, store, "float32"), worker, SILENT
    )
    check_strict(read_model(quantized.flatbuffer), float_io=True)
    before = accuracy(lowered.path.read_bytes(), samples)
    after = accuracy(quantized.flatbuffer, samples)
    assert after >= before - 0.01


def accuracy(flatbuffer, samples):
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=flatbuffer).get_signature_runner()
    (name,) = runner.get_input_details()
    hits = 0
    for x, y in zip(samples["x"], samples["y"], strict=True):
        (output,) = runner(**{name: x[None]}).values()
        hits += int(output.argmax() == y)
    return hits / len(samples["y"])
