"""Our engine: strict, close to float, the same bytes every time, and never far behind stock."""

import numpy as np
import pytest

from tests.integration.test_engines_stock import random_samples
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model, write_model
from tflitekit.graph.strict import check_strict, fully_integer
from tflitekit.graph.verify import verify
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.engines.registry import ENGINES
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.recipe import Recipe

pytestmark = [pytest.mark.convert, pytest.mark.build]


@pytest.fixture
def job(worker, zoo, tmp_path):
    """Lower a model of the zoo and store samples for it."""

    def made(source, **options):
        lowered = lower(ModelSource(zoo / source), tmp_path / "float.tflite", worker, SILENT)
        inputs = read_model(lowered.path).signature().input_specs()
        store = SampleStore.write(tmp_path / "samples", inputs, random_samples(inputs))
        return QuantizeJob(lowered.path, store, **options)

    return made


@pytest.fixture
def quantize(worker):
    def quantized(job, engine="tflitekit"):
        return write_model(read_model(ENGINES[engine].quantize(job, worker, SILENT).flatbuffer))

    return quantized


def sqnr_db(expected, actual):
    """Signal to quantization noise, in decibels."""
    noise = np.square(actual.astype(np.float64) - expected).sum()
    return 10 * np.log10(np.square(expected.astype(np.float64)).sum() / noise)


@pytest.mark.parametrize("io", ["int8", "uint8", "float32"])
def test_a_cnn_is_fully_integer(job, quantize, io):
    model = read_model(quantize(job("cnn.keras", io=io)))
    verify(model)
    assert fully_integer(model)
    check_strict(model, float_io=io == "float32")
    signature = model.signature()
    assert [(spec.name, spec.dtype) for spec in signature.input_specs()] == [("image", io)]
    assert [(spec.name, spec.dtype) for spec in signature.output_specs()] == [("digit", io)]


def test_the_same_inputs_give_the_same_bytes(job, quantize):
    asked = job("cnn.keras")
    assert quantize(asked) == quantize(asked)


@pytest.mark.parametrize("source", ["cnn", "two_by_two", "sequential"])
def test_outputs_are_as_close_to_float_as_stock_s(job, quantize, recorded, run_flatbuffer, source):
    asked = job(f"{source}.keras", io="float32")
    inputs, expected = recorded(source)
    ours, theirs = (
        run_flatbuffer(quantize(asked, engine), inputs) for engine in ("tflitekit", "stock")
    )
    for name, values in expected.items():
        assert sqnr_db(values, ours[name]) >= min(30, sqnr_db(values, theirs[name]) - 1)


@pytest.mark.parametrize("method", ["minmax", "percentile", "mse", "entropy", "auto"])
def test_every_way_to_choose_ranges_gives_a_working_model(
    job, quantize, recorded, run_flatbuffer, method
):
    inputs, expected = recorded("cnn")
    asked = job("cnn.keras", io="float32", recipe=Recipe(ranges=method))
    outputs = run_flatbuffer(quantize(asked), inputs)
    assert sqnr_db(expected["digit"], outputs["digit"]) > 20


def test_sixteen_bit_activations_are_closer(job, quantize, recorded, run_flatbuffer):
    inputs, expected = recorded("cnn")
    found = {}
    for precision in ("int8", "int16x8"):
        io = precision.removesuffix("x8")
        flatbuffer = quantize(job("cnn.keras", recipe=Recipe(precision), io=io))
        signature = read_model(flatbuffer).signature()
        (image,), (digit,) = signature.inputs.values(), signature.outputs.values()
        assert image.dtype == digit.dtype == io
        given = params_of_tensor(image).quantize(inputs["image"])
        (raw,) = run_flatbuffer(flatbuffer, {"image": given}).values()
        found[precision] = sqnr_db(expected["digit"], params_of_tensor(digit).dequantize(raw))
    # Weights stay int8, so that the step is smaller than for activations alone.
    assert found["int16x8"] > found["int8"] + 2


def params_of_tensor(tensor):
    params = tensor.quantization
    return QuantParams(tuple(params.scales), tuple(params.zero_points), tensor.dtype)
