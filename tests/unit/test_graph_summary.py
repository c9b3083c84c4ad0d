"""The facts that `inspect` shows."""

import json

from tests.fakes.graphs import counting_loop, dense, everything
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.summary import summarize


def test_all_promised_keys_and_their_values() -> None:
    model = dense(batch=2)
    summary = summarize(model, size_bytes=7, sha256="ab")
    assert summary == {
        "size_bytes": 7,
        "sha256": "ab",
        "description": "a dense layer",
        "inputs": [
            {
                "name": "features",
                "shape": [2, 4],
                "dtype": "float32",
                "scale": None,
                "zero_point": None,
            }
        ],
        "outputs": [
            {
                "name": "scores",
                "shape": [2, 3],
                "dtype": "float32",
                "scale": None,
                "zero_point": None,
            }
        ],
        "ops": [{"name": "FULLY_CONNECTED", "dtypes": ["float32"], "count": 1}],
        "custom_ops": [],
        "replacements": [],
        "state": None,
        "float_tensors": 4,
        "float_io": [],
        "fully_integer": False,
        "macs": 24,
        "weight_bytes": 60,
        "bytes_moved": 116,
        "signatures": {"serve": {"inputs": ["features"], "outputs": ["scores"]}},
        "subgraphs": [{"name": "main", "ops": 1, "tensors": 4}],
        "metadata": [],
        "min_runtime_version": None,
        "oldest_runtime": "1.5.0",
        "oldest_runtime_op": "FULLY_CONNECTED version 1",
    }


def test_quantized_inputs_show_their_scale() -> None:
    model = dense()
    model.main.inputs[0].dtype = "int8"
    model.main.inputs[0].quantization = Quantization.affine(0.5, -1)
    (spec,) = summarize(model, size_bytes=0, sha256="")["inputs"]
    assert (spec["scale"], spec["zero_point"]) == (0.5, -1)


def test_ops_are_grouped_by_name_and_types_over_all_subgraphs() -> None:
    assert summarize(counting_loop(), size_bytes=0, sha256="")["ops"] == [
        {"name": "ADD", "dtypes": ["float32"], "count": 1},
        {"name": "ADD", "dtypes": ["int32"], "count": 1},
        {"name": "LESS", "dtypes": ["int32", "bool"], "count": 1},
        {"name": "WHILE", "dtypes": ["int32", "float32"], "count": 1},
    ]


def test_custom_ops_metadata_and_json() -> None:
    summary = summarize(everything(), size_bytes=0, sha256="")
    assert summary["custom_ops"] == ["Mystery"]
    assert summary["metadata"] == ["min_runtime_version"]
    assert summary["min_runtime_version"] == "1.15.0"
    assert json.loads(json.dumps(summary)) == summary
