"""The oldest runtime of a model: found, written, shown."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.graphs import dense, everything, op, tensor
from tflitekit.graph import Model, read_model, write_model
from tflitekit.graph.min_runtime import OldestRuntime, oldest_runtime, parse_release
from tflitekit.graph.model import Op
from tflitekit.graph.ops import OPS
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.storage import Buffer, Metadata
from tflitekit.graph.summary import summarize
from tflitekit.graph.unnumbered_kernels import UNNUMBERED
from tflitekit.report.model_table import model_facts


def chain(*names: str, dtype: str = "int8") -> Model:
    """Ops of one value, one after the other."""
    model = Model()
    graph = model.add_subgraph("main")
    graph.inputs = [tensor(graph, "x", (1, 4), dtype, quantization=Quantization.affine(0.1, 0))]
    y = graph.inputs[0]
    for name in names:
        y = op(graph, name, [y], (1, 4), dtype)
        y.quantization = Quantization.affine(0.1, 0)
    graph.outputs = [y]
    return model


def shown(model: Model) -> str | None:
    summary = summarize(model, size_bytes=0, sha256="")
    return dict(model_facts(summary)).get("oldest runtime")


def test_the_op_that_asks_most_is_named() -> None:
    model = chain("LOGISTIC", "GELU", "TANH", "GELU")
    assert oldest_runtime(model) == OldestRuntime("2.9.0", "GELU", 2)
    assert shown(model) == "2.9.0, for GELU version 2"
    summary = summarize(model, size_bytes=0, sha256="")
    assert summary["oldest_runtime"] == "2.9.0"
    assert summary["oldest_runtime_op"] == "GELU version 2"


def test_of_two_that_ask_the_same_it_is_the_first() -> None:
    assert oldest_runtime(chain("RELU6", "TANH")) == OldestRuntime("1.14.0", "RELU6", 2)


def test_releases_compare_by_their_numbers() -> None:
    assert parse_release("2.9.0") < parse_release("2.13.0")
    assert oldest_runtime(chain("GELU", "EXP")) == OldestRuntime("2.12.0", "EXP", 2)


def test_custom_ops_are_apart() -> None:
    model = chain("TANH", "GELU")
    model.main.ops[1].custom = True
    assert oldest_runtime(model) == OldestRuntime("1.14.0", "TANH", 2)
    model.main.ops[0].custom = True
    assert oldest_runtime(model) is None
    assert shown(model) is None
    assert read_model(write_model(model)).metadata == []


def test_an_op_that_no_release_has() -> None:
    model = chain("GELU", "STABLEHLO_TANH")
    model.metadata = [Metadata("min_runtime_version", Buffer(np.frombuffer(b"9.9", np.uint8)))]
    assert oldest_runtime(model) == OldestRuntime(None, "STABLEHLO_TANH", 1)
    assert shown(model) == "none is known with STABLEHLO_TANH version 1"
    assert read_model(write_model(model)).metadata[0].data == b"9.9"


@pytest.mark.parametrize("times", [1, 2])
def test_the_entry_is_16_bytes_and_written_once(times) -> None:
    model = chain("GELU")
    for _ in range(times):
        model = read_model(write_model(model))
    (entry,) = model.metadata
    assert (entry.name, entry.data) == ("min_runtime_version", b"2.9.0".ljust(16, b"\0"))


def test_the_entry_keeps_its_place_and_others_stay() -> None:
    model = chain("GELU")
    data = Buffer(np.frombuffer(b"old", np.uint8))
    model.metadata = [Metadata(name, data) for name in ("a", "min_runtime_version", "b")]
    again = read_model(write_model(model)).metadata
    assert [one.name for one in again] == ["a", "min_runtime_version", "b"]
    assert [one.data[:5] for one in again] == [b"old", b"2.9.0", b"old"]
    assert model.metadata[1].data == b"old"


def test_versions_are_written_and_survive() -> None:
    model = chain("TANH", "GELU", "TANH")
    model.main.ops[2].version = 3
    content = write_model(model)
    again = read_model(content)
    assert [(one.name, one.version) for one in again.ops()] == [
        ("TANH", 2),
        ("GELU", 2),
        ("TANH", 3),
    ]
    assert write_model(again) == content
    assert [one.version for one in model.ops()] == [1, 1, 3]


def test_each_version_of_an_op_is_an_operator_code_of_its_own() -> None:
    from ai_edge_litert import schema_py_generated as schema

    model = chain("TANH", "TANH")
    model.main.ops[1].version = 3
    codes = schema.ModelT.InitFromPackedBuf(write_model(model), 0).operatorCodes
    assert [one.version for one in codes] == [2, 3]


def test_a_later_type_is_seen_in_a_file_that_claims_less() -> None:
    model = chain("MEAN", dtype="int16")
    model.main.ops[0] = Op("MEAN", [*model.main.inputs, None], model.main.outputs, {}, version=2)
    assert oldest_runtime(model) == OldestRuntime("2.4.0", "MEAN", 3)


def test_all_subgraphs_count() -> None:
    assert oldest_runtime(everything()).op == "WHILE"
    assert oldest_runtime(dense()).op == "FULLY_CONNECTED"


def int16_op(name: str, more: tuple[str, ...], shape: tuple[int, ...], result: str) -> Model:
    """An op of an int16 tensor and of others, each with a scale of its own."""
    model = chain()
    graph = model.main
    graph.inputs = [tensor(graph, "y", shape, "int16", quantization=Quantization.affine(0.1, 0))]
    others = [
        tensor(graph, f"z{index}", (8, 4), dtype, quantization=Quantization.affine(0.1, 0))
        for index, dtype in enumerate(more)
    ]
    graph.outputs = [op(graph, name, [*graph.inputs, *others], shape, result)]
    return model


@pytest.mark.parametrize(
    ("name", "more", "result", "oldest"),
    [
        ("GELU", (), "int16", OldestRuntime("2.20.0", "GELU", 1, "of int16")),
        ("SUM", ("int32",), "int16", OldestRuntime("2.20.0", "SUM", 1, "of int16")),
        ("GREATER", ("int16",), "bool", OldestRuntime("2.21.0", "GREATER", 1, "of int16")),
        ("DIV", ("int16",), "int16", OldestRuntime("2.21.0", "DIV", 1, "of int16")),
        ("TILE", ("int32",), "int16", OldestRuntime("2.22.0", "TILE", 1, "of int16")),
        ("TANH", (), "int16", OldestRuntime("2.3.0", "TANH", 3)),
    ],
)
def test_kernels_that_came_without_a_version(name, more, result, oldest) -> None:
    assert oldest_runtime(int16_op(name, more, (1, 4), result)) == oldest


def test_dense_layers_of_int16_with_a_scale_a_channel_were_wrong_for_long() -> None:
    model = int16_op("FULLY_CONNECTED", ("int8", "int64"), (1, 3, 4), "int16")
    assert oldest_runtime(model) == OldestRuntime("2.3.0", "FULLY_CONNECTED", 7)
    weights = model.main.ops[0].inputs[1]
    weights.quantization = Quantization.affine(np.ones(8), np.zeros(8, int))
    found = oldest_runtime(model)
    assert (found.release, found.version) == ("2.20.0", 7)
    assert shown(model) == (
        "2.20.0, for FULLY_CONNECTED version 7 of int16 with a scale a channel "
        "and more than two axes"
    )
    model.main.inputs[0].shape = (3, 4)
    assert oldest_runtime(model) == OldestRuntime("2.3.0", "FULLY_CONNECTED", 7)


def test_int8_to_int16_is_newer_than_its_version_says() -> None:
    model = chain("QUANTIZE")
    assert oldest_runtime(model) == OldestRuntime("1.14.0", "QUANTIZE", 1)
    model.main.outputs[0].dtype = "int16"
    assert oldest_runtime(model) == OldestRuntime("2.22.0", "QUANTIZE", 2, "from int8 to int16")


def test_an_int16_product_that_broadcasts_five_axes() -> None:
    model = int16_op("MUL", ("int16",), (1, 2, 3, 8, 4), "int16")
    found = oldest_runtime(model)
    assert (found.release, found.op, found.version) == ("2.15.0", "MUL", 4)
    model.main.inputs[0].shape = (3, 8, 4)
    assert oldest_runtime(model) == OldestRuntime("2.3.0", "MUL", 4)


def test_the_rows_are_of_known_ops_and_newer_than_any_version_measured() -> None:
    for row in UNNUMBERED:
        assert row.op in OPS
        assert parse_release(row.release) > (2, 14, 0)
