"""Versions beside those that TensorFlow's own converter writes, in every mode."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.stock_modes import MODELS, MODES
from tflitekit.graph import read_model, write_model
from tflitekit.graph.min_runtime import OldestRuntime, oldest_runtime, parse_release
from tflitekit.graph.op_versions import version_of
from tflitekit.graph.summary import summarize

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.stock_zoo", str(folder)],
        timeout=300,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def versions(model):
    """What the file says by op, and what we say where it says nothing."""
    said, ours = {}, {}
    for op in model.ops():
        said[op.name], op.version = op.version, 1
        ours[op.name] = max(ours.get(op.name, 1), version_of(op))
    return said, ours


TOO_EARLY = {("elementwise", "int8"): OldestRuntime("2.23.0", "DIV", 1, "of int8")}
"""What the converter dates by a version, and releases of that version cannot compute."""


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "int16x8"])
@pytest.mark.parametrize("name", MODELS)
def test_versions_and_runtime_are_those_of_the_converter(folder, name, mode):
    path = folder / f"{name}_{mode}.tflite"
    model = read_model(path)
    entry = model.metadata[0].data
    said, ours = versions(model)
    assert ours == said
    again = read_model(write_model(read_model(path)))
    assert [op.version for op in again.ops()] == [op.version for op in read_model(path).ops()]
    if (name, mode) in TOO_EARLY:
        assert oldest_runtime(model) == TOO_EARLY[name, mode]
    else:
        assert again.metadata[0].data == entry


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "products",
            {
                "QUANTIZE": (1, 2),
                "DEQUANTIZE": (2, 3),
                "DEPTHWISE_CONV_2D": (3, 5),
                "FULLY_CONNECTED": (5, 7),
                "BATCH_MATMUL": (2, 3),
            },
        ),
        (
            "pooled",
            {
                "DEQUANTIZE": (2, 3),
                "AVERAGE_POOL_2D": (2, 3),
                "MAX_POOL_2D": (2, 3),
                "ADD": (2, 3),
                "SUB": (2, 5),
                "L2_NORMALIZATION": (2, 1),
            },
        ),
    ],
)
def test_int16_has_versions_of_its_own(folder, name, expected):
    """The converter gives int16 ops, and those that it leaves in float, the numbers of int8."""
    said, ours = versions(read_model(folder / f"{name}_int16x8.tflite"))
    assert {op: (said[op], ours[op]) for op in said if said[op] != ours[op]} == expected


@pytest.mark.parametrize("name", MODELS)
def test_int16_needs_no_older_runtime_than_the_converter_says(folder, name):
    model = read_model(folder / f"{name}_int16x8.tflite")
    claimed = summarize(model, size_bytes=0, sha256="")["min_runtime_version"]
    assert parse_release(oldest_runtime(model).release) >= parse_release(claimed)


def test_an_int16_kernel_that_the_converter_dates_too_early(folder):
    model = read_model(folder / "choices_int16x8.tflite")
    assert summarize(model, size_bytes=0, sha256="")["min_runtime_version"] == "2.6.0"
    assert oldest_runtime(model) == OldestRuntime("2.21.0", "EQUAL", 5)
