"""A whole quantization gives large products of one row to our kernel, and tells what it did."""

import numpy as np
import pytest

from tests.fakes.kernel_cases.fully_connected import cases
from tflitekit.graph import read_model, write_model
from tflitekit.graph.accounting import op_macs
from tflitekit.graph.model import Signature
from tflitekit.graph.replaced import replacements
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.diagnosis.diagnose import diagnose
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.quantizer import Quantizer
from tflitekit.quantize.recipe import Recipe

pytestmark = pytest.mark.build


@pytest.fixture
def case():
    return next(cases())


@pytest.fixture
def store(case, tmp_path):
    model = case.build()
    graph = model.main
    model.signatures["serve"] = Signature(graph, {"x": graph.inputs[0]}, {"y": graph.outputs[0]})
    path = tmp_path / "float.tflite"
    path.write_bytes(write_model(model))
    rng = np.random.default_rng(0)
    specs = read_model(path).signature().input_specs()
    return SampleStore.write(
        tmp_path / "samples", specs, ({"x": case.sample(rng)[0]} for _ in range(8))
    )


@pytest.fixture
def quantizer(store, tmp_path):
    return Quantizer(QuantizeJob(tmp_path / "float.tflite", store), SILENT)


def test_it_is_used_and_told(quantizer, case):
    made = quantizer.quantize(Recipe(), "int8")
    assert [op.name for op in made.model.ops()] == ["tflitekit.table", "tflitekit.fully_connected"]
    (told,) = (
        one for one in replacements(made.model) if one["kernel"] == "tflitekit.fully_connected"
    )
    weights = case.build().main.ops[1].inputs[1]
    assert told["instead_of"] == ["FULLY_CONNECTED"]
    assert (told["count"], op_macs(made.model.main.ops[1])) == (1, weights.size)


def test_int16_is_left_to_litert(quantizer):
    made = quantizer.quantize(Recipe(int16=("FULLY_CONNECTED_1",)), "float32")
    assert "FULLY_CONNECTED" in [op.name for op in made.model.ops()]


def test_it_can_be_diagnosed(quantizer, store):
    found = diagnose(quantizer, Recipe(), store, SILENT)
    assert found.layers
