"""The precisions that are for comparison, from the command line to the runtime."""

import json

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.commands import succeed

pytestmark = [pytest.mark.convert, pytest.mark.build]

# The least and the greatest size as a share of the float file, and the least agreement in dB.
EXPECTED = {
    "float16": (0.45, 0.60, 50),
    "dynamic": (0.25, 0.40, 30),
    "weight8": (0.25, 0.40, 30),
    "weight4": (0.12, 0.28, 12),
}


@pytest.mark.parametrize("precision", EXPECTED)
def test_smaller_weights_and_the_float_model_s_answers(digits, tmp_path, precision):
    least, greatest, floor_db = EXPECTED[precision]
    source, made = digits / "float32.tflite", tmp_path / "m.tflite"
    words = ("convert", source, "--data", "digits", "-o", made, "--precision", precision)
    manifest = json.loads(succeed(*words, "--json"))
    assert manifest["quantization"] == {"precision": precision}
    assert manifest["model"]["fully_integer"] is False
    assert {port["dtype"] for port in manifest["model"]["inputs"]} == {"float32"}
    assert least < made.stat().st_size / source.stat().st_size < greatest
    images = np.random.default_rng(0).random((20, 1, 8, 8, 1), np.float32)
    expected, answers = (np.concatenate(list(run(path, images))) for path in (source, made))
    noise = np.square(answers - expected).sum() / np.square(expected).sum()
    assert -10 * np.log10(noise) > floor_db


def run(path, images):
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    (given,), (got,) = interpreter.get_input_details(), interpreter.get_output_details()
    for image in images:
        interpreter.set_tensor(given["index"], image)
        interpreter.invoke()
        yield interpreter.get_tensor(got["index"])
