"""The types that a model's inputs and outputs may have, by precision, on the runner."""

import pytest

from tests.fakes.one_op_quality import run_on_runner, sqnr_db
from tests.integration.test_engines_stock import random_samples
from tflitekit.devices.registry import open_device
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model
from tflitekit.graph.strict import check_strict
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.engines.registry import ENGINES
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.convert, pytest.mark.build]

FLOORS_DB = {
    ("int16x8", "int16"): 50,
    ("int16x8", "float32"): 50,
    ("int16x8", "int8"): 40,
    ("int16x8", "uint8"): 40,
    ("int8", "int16"): 40,
    ("int8", "int8"): 40,
}


@pytest.fixture(scope="module")
def cnn(worker, zoo, tmp_path_factory):
    """A float flatbuffer, samples to calibrate with, and the calls of a few of them."""
    folder = tmp_path_factory.mktemp("cnn")
    lowered = lower(ModelSource(zoo / "cnn.keras"), folder / "float.tflite", worker, SILENT)
    inputs = read_model(lowered.path).signature().input_specs()
    store = SampleStore.write(folder / "samples", inputs, random_samples(inputs))
    calls = [list(sample.values()) for sample in random_samples(inputs)][:8]
    return lowered.path, store, calls


def outputs(model, calls):
    """Opened for each run: calibration wants the machine too."""
    with open_session(open_device("local"), SILENT) as session:
        return run_on_runner(model, calls, session)[0]


@pytest.mark.parametrize(("precision", "io"), FLOORS_DB)
def test_a_model_has_the_asked_types_and_stays_near(precision, io, cnn, worker):
    path, store, calls = cnn
    job = QuantizeJob(path, store, io, recipe=Recipe(precision=precision))
    model = read_model(ENGINES["tflitekit"].quantize(job, worker, SILENT).flatbuffer)
    check_strict(model, float_io=io == "float32")
    signature = model.signature()
    assert {spec.dtype for spec in signature.input_specs() + signature.output_specs()} == {io}
    wanted, got = outputs(read_model(path), calls), outputs(model, calls)
    assert sqnr_db(wanted, got) > FLOORS_DB[precision, io]
