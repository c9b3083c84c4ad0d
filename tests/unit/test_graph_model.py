"""The objects of a graph."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.fakes.graphs import dense, op, tensor
from tflitekit.graph import Model, TensorSpec, read_model, write_model
from tflitekit.graph.model import Use
from tflitekit.graph.quantization import Quantization


def test_producer_and_uses() -> None:
    model = dense()
    x, weights, _, y = model.main.tensors
    (only,) = model.main.ops
    assert (x.producer, y.producer) == (None, only)
    assert weights.uses() == [Use(only, 1)]
    assert y.uses() == []
    assert model.main.producers() == {y: only}
    assert model.main.uses()[x] == [Use(only, 0)]


def test_a_tensor_read_twice_by_one_op_has_two_uses() -> None:
    graph = Model().add_subgraph()
    x = tensor(graph, "x", (2,))
    op(graph, "MUL", [x, x], (2,))
    assert [use.position for use in x.uses()] == [0, 1]


def test_replacing_reaches_ops_outputs_and_signatures() -> None:
    model = dense()
    graph, y = model.main, model.main.outputs[0]
    op(graph, "ABS", [y], (1, 3))
    new = tensor(graph, "new", (1, 3))
    assert graph.replace_all_uses(y, new) == 3
    assert graph.ops[1].inputs == [new]
    assert graph.outputs == [new]
    assert model.signatures["serve"].outputs == {"scores": new}
    assert graph.ops[0].outputs == [y]


def test_new_data_unshares_the_buffer_and_sets_the_shape() -> None:
    graph = Model().add_subgraph()
    first = graph.constant("a", np.array([1, 2], np.int32))
    second = tensor(graph, "b", (2,), "int32", buffer=first.buffer)
    second.data = np.array([[7], [8], [9]], np.int32)
    assert_array_equal(first.data, [1, 2])
    assert second.shape == (3, 1)
    assert first.raw.tobytes() == b"\x01\0\0\0\x02\0\0\0"


def test_a_constant_takes_the_type_asked_for() -> None:
    graph = Model().add_subgraph()
    assert graph.constant("c", [1, -1], "int4").raw.tolist() == [0xF1]
    assert graph.constant("c", [1.0], "bfloat16").nbytes == 2


def test_the_spec_shows_open_sizes_and_the_scale() -> None:
    graph = Model().add_subgraph()
    x = tensor(graph, "x", (-1, 3), "int8", quantization=Quantization.affine(0.5, -3))
    assert x.spec("features") == TensorSpec("features", (-1, 3), "int8", 0.5, -3)
    x.quantization = Quantization.affine([0.5, 1, 2], [0, 0, 0], axis=1)
    assert x.spec() == TensorSpec("x", (-1, 3), "int8")
    x.quantization = Quantization(scales=np.array([0.5], np.float32))
    assert x.spec().zero_point == 0


def test_signatures_by_key_and_by_tensor_names() -> None:
    model = dense()
    assert model.signature() is model.signature("serve") is model.signatures["serve"]
    with pytest.raises(KeyError):
        model.signature("other")
    model.signatures.clear()
    model.main.inputs.append(tensor(model.main, "x", (1,)))
    assert [spec.name for spec in model.signature().input_specs()] == ["x", "x_1"]
    assert list(model.signature("serving_default").outputs) == ["FULLY_CONNECTED_0"]


def test_quantization_that_says_nothing_is_none_after_reading() -> None:
    model = dense()
    model.main.inputs[0].quantization = Quantization()
    model.main.outputs[0].quantization = Quantization(minimum=np.zeros(1, np.float32))
    again = read_model(write_model(model)).main
    assert again.inputs[0].quantization is None
    assert again.outputs[0].quantization is not None
    assert not again.outputs[0].is_quantized


def test_the_signature_that_is_meant_where_none_is_named() -> None:
    model = dense()
    (only,) = model.signatures.values()
    model.signatures = {"": only, "b": only}
    assert model.default_key == ""
    assert model.signature() is only
    model.signatures["serving_default"] = only
    assert model.default_key == "serving_default"
    model.signatures = {}
    assert model.default_key is None
