"""LiteRT's own LSTM as our op: the same in float, and strict int8."""

import numpy as np
import pytest

from tests.fakes.builtin_lstm import BATCH, CHANNELS, STEPS, builtin_lstm
from tests.fakes.kernel_cases import KernelCase
from tests.fakes.kernel_cases.quality import measure, quantize
from tflitekit.data import Sample
from tflitekit.devices.registry import open_device
from tflitekit.graph import write_model
from tflitekit.graph.strict import fully_integer
from tflitekit.kernels.patch import patch
from tflitekit.progress import SILENT
from tflitekit.quantize.diagnosis.expose_all import run_on
from tflitekit.runtime.session import open_session

pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def session():
    with open_session(open_device("local"), SILENT) as session:
        yield session


def ours():
    model = builtin_lstm()
    patch(model)
    return model


def values(rng):
    return [rng.normal(size=(BATCH, STEPS, CHANNELS)).astype(np.float32)]


def test_float_is_what_litert_computes(session, run_flatbuffer):
    (x,) = values(np.random.default_rng(0))
    (expected,) = run_flatbuffer(write_model(builtin_lstm()), {"x": x}).values()
    (got,) = run_on(session, ours(), [Sample(0, {"x": x}, None)]).values()
    np.testing.assert_allclose(got[0], expected, rtol=1e-5, atol=1e-6)


def test_int8_is_strict_and_close_to_the_ideal(session):
    case = KernelCase("lstm", "LiteRT's own", ours, values)
    made = quantize(case, session)
    assert fully_integer(made.model)
    assert measure(case, made, session).is_enough
