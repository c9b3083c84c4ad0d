"""One child with TensorFlow for all tests, and the models it makes."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tflitekit.child import Worker
from tflitekit.progress import SILENT

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def worker():
    """A child that can also import `tests`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        with Worker() as shared:
            yield shared


@pytest.fixture(scope="session")
def zoo(worker, tmp_path_factory):
    """The folder of all models of `keras_zoo`; tests must not write to it."""
    folder = tmp_path_factory.mktemp("zoo")
    worker.call(
        "tests.fakes.keras_zoo:build", SILENT, doing="making models", folder=str(folder), names=[]
    )
    return folder


@pytest.fixture
def recorded(zoo):
    """Inputs and expected outputs of a model of the zoo, each by name."""

    def load(name):
        arrays = np.load(zoo / f"{name}.npz")
        return tuple(
            {key[len(kind) :]: arrays[key] for key in arrays if key.startswith(kind)}
            for kind in ("in:", "out:")
        )

    return load


@pytest.fixture(scope="session")
def run_flatbuffer():
    """Outputs by name of a flatbuffer, computed by LiteRT."""

    def run(flatbuffer, inputs):
        content = flatbuffer if isinstance(flatbuffer, bytes) else Path(flatbuffer).read_bytes()
        return Interpreter(model_content=content).get_signature_runner()(**inputs)

    return run
