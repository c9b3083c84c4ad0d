"""Models that TensorFlow really writes: nothing changes on a round trip, and shapes fold away."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.testing import assert_allclose, assert_array_equal

from tflitekit.graph import Model, read_model, run_passes, write_model
from tflitekit.graph.passes import PASSES, fix_inputs
from tflitekit.graph.strict import float_tensors, fully_integer
from tflitekit.graph.summary import summarize
from tflitekit.graph.verify import verify

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("TFLITEKIT_SHARED", ROOT.parent / "shared" / "data"))
KWS = SHARED / "kws01" / "float32.tflite"
needs_kws = pytest.mark.skipif(not KWS.exists(), reason=f"{KWS} is not there")

SHAPE_OPS = {"SHAPE", "GATHER", "PACK", "REDUCE_PROD", "STRIDED_SLICE", "CONCATENATION"}


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converted")
    script = ROOT / "tests" / "fakes" / "converted.py"
    done = subprocess.run(
        [sys.executable, str(script), str(folder)],
        timeout=180,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def outputs(content: bytes) -> dict[str, dict[str, Any]]:
    """What each signature, or the main subgraph, computes from seeded inputs."""
    interpreter = Interpreter(model_content=content)
    keys = interpreter.get_signature_list()
    if not keys:
        return {"": call_main(interpreter)}
    return {key: call(interpreter.get_signature_runner(key)) for key in keys}


def call_main(interpreter: Interpreter) -> dict[str, Any]:
    interpreter.allocate_tensors()
    generator = np.random.default_rng(1)
    for detail in interpreter.get_input_details():
        values = generator.normal(size=detail["shape"])
        interpreter.set_tensor(detail["index"], values.astype(detail["dtype"]))
    interpreter.invoke()
    details = interpreter.get_output_details()
    return {detail["name"]: interpreter.get_tensor(detail["index"]) for detail in details}


def call(runner: Any) -> dict[str, Any]:
    generator = np.random.default_rng(1)
    inputs = {}
    for name, detail in sorted(runner.get_input_details().items()):
        values = generator.integers(0, 40, detail["shape"])
        inputs[name] = values.astype(detail["dtype"])
    return dict(runner(**inputs))


def assert_same(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert before.keys() == after.keys()
    for key, named in before.items():
        assert named.keys() == after[key].keys()
        for name, values in named.items():
            assert_array_equal(after[key][name], values)


@pytest.mark.convert
@pytest.mark.parametrize("largest", [2**30, 0])
@pytest.mark.parametrize("name", ["transformer", "loop", "int8", "float16", "signatures"])
def test_a_round_trip_computes_the_same(converted: Path, name: str, largest: int) -> None:
    content = (converted / f"{name}.tflite").read_bytes()
    model = read_model(content)
    verify(model)
    again = write_model(model, largest_flatbuffer=largest)
    assert write_model(read_model(again), largest_flatbuffer=largest) == again
    assert_same(outputs(content), outputs(again))


@pytest.mark.convert
@pytest.mark.parametrize("name", ["transformer", "loop", "int8", "float16", "signatures"])
def test_the_passes_compute_the_same(converted: Path, name: str) -> None:
    content = (converted / f"{name}.tflite").read_bytes()
    model = read_model(content)
    fix_inputs(model)
    run_passes(model, PASSES)
    assert all(tensor.is_static for graph in model.subgraphs for tensor in graph.tensors)
    assert_same(outputs(content), outputs(write_model(model)))


@pytest.mark.convert
def test_the_shape_arithmetic_of_a_transformer_folds_away(converted: Path) -> None:
    content = (converted / "transformer.tflite").read_bytes()
    model = read_model(content)
    assert Counter(op.name for op in model.ops())["SHAPE"] == 4
    fix_inputs(model)
    run_passes(model, PASSES)
    left = Counter(op.name for op in model.ops() if op.name in SHAPE_OPS)
    assert left == {"GATHER": 1}
    assert len(write_model(model)) < len(content)


@pytest.mark.convert
def test_a_larger_batch_computes_each_row_the_same(converted: Path) -> None:
    content = (converted / "transformer.tflite").read_bytes()
    model = read_model(content)
    fix_inputs(model, batch=3)
    run_passes(model, PASSES)
    runner = Interpreter(model_content=write_model(model)).get_signature_runner()
    tokens = np.arange(48, dtype=np.float32).reshape(3, 16)
    (rows,) = runner(tokens=tokens).values()
    for row, one in zip(rows, tokens, strict=True):
        single = Interpreter(model_content=content).get_signature_runner()
        (expected,) = single(tokens=one[None]).values()
        assert_allclose(row, expected[0], atol=1e-6)


@pytest.mark.convert
def test_a_custom_op_survives_with_its_options(converted: Path) -> None:
    model = read_model((converted / "custom.tflite").read_bytes())
    again = read_model(write_model(model))
    for read in (model, again):
        (bessel,) = [op for op in read.ops() if op.custom]
        assert bessel.name == "BesselI0"
        assert bessel.custom_options == model.main.ops[0].custom_options != b""
    fix_inputs(again)
    run_passes(again, PASSES)
    assert [op.name for op in again.main.ops] == ["BesselI0", "ADD"]


@pytest.mark.convert
def test_an_int8_model_is_fully_integer_with_scales_by_channel(converted: Path) -> None:
    model = read_model((converted / "int8.tflite").read_bytes())
    assert fully_integer(model)
    assert float_tensors(model) == []
    (conv,) = [op for op in model.ops() if op.name == "CONV_2D"]
    assert conv.inputs[1].quantization.scales.shape == (8,)
    (spec,) = model.signature().input_specs()
    assert (spec.dtype, spec.shape) == ("int8", (-1, 8, 8, 3))
    assert spec.scale > 0


@pytest.mark.convert
def test_layers_are_told_from_the_names_that_keras_gives(converted: Path) -> None:
    model = read_model((converted / "transformer.tflite").read_bytes())
    layers = {found.layer for found in float_tensors(model)}
    assert {"layer_normalization_1", "multi_head_attention_1/query_1", "dense_1"} <= layers


@needs_kws
def test_the_keyword_model_survives_and_is_counted(tmp_path: Path) -> None:
    content = KWS.read_bytes()
    model = read_model(KWS)
    assert_same(outputs(content), outputs(write_model(model)))
    assert_same(outputs(content), outputs(write_model(model, largest_flatbuffer=0)))
    summary = summarize(model, size_bytes=len(content), sha256="")
    assert summary["macs"] == keyword_macs()
    assert summary["inputs"][0]["shape"] == [-1, 49, 10, 1]


def keyword_macs() -> int:
    """DS-CNN: a 10x4 convolution, four times 3x3 depthwise and 1x1, and 12 classes."""
    pixels = 25 * 5
    return pixels * 64 * 40 + 4 * pixels * 64 * (9 + 64) + 64 * 12


@needs_kws
def test_the_keyword_model_gets_static_shapes() -> None:
    model: Model = read_model(KWS)
    fix_inputs(model, batch=2)
    run_passes(model, PASSES)
    assert [spec.shape for spec in model.signature().output_specs()] == [(2, 12)]
