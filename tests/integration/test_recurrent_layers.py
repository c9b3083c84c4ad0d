"""Recurrent layers of Keras as one op each: what the float op computes is what Keras does."""

import re

import numpy as np
import pytest

from tests.fakes.recurrent_models import FUSED, LOOPS, MODELS, UNROLLED
from tflitekit.data import Sample
from tflitekit.devices.registry import open_device
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model
from tflitekit.graph.layers import layer_of
from tflitekit.progress import SILENT
from tflitekit.quantize.diagnosis.expose_all import run_on
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.build, pytest.mark.convert]


@pytest.fixture(scope="module")
def models(worker, tmp_path_factory):
    """The folder of all models."""
    folder = tmp_path_factory.mktemp("recurrent")
    worker.call(
        "tests.fakes.recurrent_models:make",
        SILENT,
        doing="making models",
        folder=str(folder),
        names=list(MODELS),
    )
    return folder


@pytest.fixture(scope="module")
def session():
    with open_session(open_device("local"), SILENT) as session:
        yield session


@pytest.fixture
def lowered(models, worker, tmp_path):
    def made(name):
        source = ModelSource(models / f"{name}.keras", batch=2)
        return read_model(lower(source, tmp_path / "float.tflite", worker, SILENT).path)

    return made


def recorded(models, name, model):
    """The inputs as one sample, and the outputs in order."""
    arrays = np.load(models / f"{name}.npz")
    inputs = {key: arrays[f"in{i}"] for i, key in enumerate(model.signature().inputs)}
    outputs = [arrays[key] for key in sorted(arrays) if key.startswith("out")]
    return Sample(0, inputs, None), outputs


@pytest.mark.parametrize("name", FUSED)
def test_a_layer_is_one_op_that_computes_what_keras_does(models, lowered, session, name):
    model = lowered(name)
    names = [op.name for op in model.ops()]
    assert "WHILE" not in names
    assert any(op.custom and op.name.startswith("tflitekit.") for op in model.ops())
    sample, expected = recorded(models, name, model)
    got = run_on(session, model, [sample])
    for key, values in zip(model.signature().outputs, expected, strict=True):
        np.testing.assert_allclose(got[key][0], values, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [*LOOPS, *UNROLLED])
def test_what_the_kernels_do_not_know_stays_as_it_is(models, lowered, session, name):
    model = lowered(name)
    assert not [op.name for op in model.ops() if op.custom]
    assert ("WHILE" in [op.name for op in model.ops()]) == (name in LOOPS)
    sample, (expected,) = recorded(models, name, model)
    (got,) = run_on(session, model, [sample]).values()
    np.testing.assert_allclose(got[0], expected, rtol=1e-4, atol=1e-5)


def test_the_op_is_named_for_its_layer(lowered):
    model = lowered("lstm_both_ways")
    layers = [layer_of(op.outputs[0].name) for op in model.ops() if op.custom]
    assert sorted(re.sub(r"_\d+(?=/|$)", "", layer) for layer in layers) == [
        "bidirectional/backward_lstm",
        "bidirectional/forward_lstm",
    ]
