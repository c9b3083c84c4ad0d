"""One child with TensorFlow for all tests, and the models it makes."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.workers import made_once
from tflitekit.abi import host_abi
from tflitekit.child import Worker
from tflitekit.progress import SILENT
from tflitekit.runtime.build import build_runner
from tflitekit.runtime.litert import litert_library

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

    def build(folder):
        words = {"folder": str(folder), "names": []}
        worker.call("tests.fakes.keras_zoo:build", SILENT, doing="making models", **words)

    return made_once(tmp_path_factory, "zoo", build)


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


@pytest.fixture(scope="session")
def runner_words():
    """The runner and its first argument."""
    library = litert_library(host_abi(), SILENT)
    return [str(build_runner(host_abi(), SILENT)), f"library={library}"]


@pytest.fixture
def start(runner_words, tmp_path):
    """Run the runner in a folder of its own: records by type, and the exit status."""

    def run(*words):
        done = subprocess.run(
            [*runner_words, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        records = {}
        for line in done.stdout.splitlines():
            record = json.loads(line)
            records.setdefault(record["t"], []).append(record)
        return records, done.returncode

    return run
