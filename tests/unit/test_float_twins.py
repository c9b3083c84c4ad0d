"""Float ops beside integer ones: they compute from the very same operands."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph import write_model
from tflitekit.graph.model import Model
from tflitekit.graph.quantization import Quantization
from tflitekit.quantize.diagnosis.expose_all import expose_only
from tflitekit.quantize.diagnosis.float_twins import add_float_twins
from tflitekit.quantize.tensor_params import params_of_tensor


@pytest.fixture
def model():
    """int8 [1, 4] times int8 weights [3, 4] plus int32 bias, then RESHAPE to [3]."""
    model = Model()
    graph = model.add_subgraph("main")
    x = quantized(graphs.tensor(graph, "x", (1, 4), "int8"), 0.1, 3)
    weights = np.int8([[1, -2, 3, -4], [5, 6, 7, 8], [127, -127, 0, 1]])
    weights = quantized(graph.constant("weights", weights), [0.5, 0.25, 0.01], [0, 0, 0])
    bias = quantized(
        graph.constant("bias", np.int32([10, -20, 30])), [0.05, 0.025, 0.001], [0, 0, 0]
    )
    options = {"fused_activation_function": "NONE"}
    y = graphs.op(graph, "FULLY_CONNECTED", [x, weights, bias], (1, 3), "int8", options=options)
    quantized(y, 0.3, -5)
    shape = graph.constant("shape", np.int32([3]))
    z = quantized(graphs.op(graph, "RESHAPE", [y, shape], (3,), "int8"), 0.3, -5)
    graph.inputs, graph.outputs = [x], [z]
    return model


def quantized(tensor, scales, zero_points):
    tensor.quantization = Quantization.affine(scales, zero_points)
    return tensor


def test_a_twin_is_the_float_function_of_what_the_integers_stand_for(model):
    x, y = model.main.inputs[0], model.main.ops[0].outputs[0]
    operands = [np.asarray(one.data) for one in model.main.ops[0].inputs[1:]]
    params = [params_of_tensor(one) for one in model.main.ops[0].inputs]
    twins = add_float_twins(model)
    assert list(twins) == [y]
    expose_only(model, {"integer": y, "twin": twins[y]})
    given = np.int8([[-128, 5, 77, 127]])
    integer, twin = graphs.run(write_model(model), given)
    weights, bias = (one.dequantize(array) for one, array in zip(params[1:], operands, strict=True))
    expected = params_of_tensor(x).dequantize(given) @ weights.T + bias
    np.testing.assert_allclose(twin, expected, rtol=1e-5)
    assert np.abs(params_of_tensor(y).quantize(expected).astype(int) - integer).max() <= 1


def test_ops_that_only_move_elements_have_no_twin(model):
    before = len(model.main.ops)
    twins = add_float_twins(model)
    assert len(twins) == 1
    names = [one.name for one in model.main.ops]
    assert names == ["FULLY_CONNECTED", "DEQUANTIZE", "FULLY_CONNECTED", "RESHAPE"]
    assert len(names) == before + 2


def test_a_float_model_gets_no_twins():
    model = graphs.dense()
    assert add_float_twins(model) == {}
    assert len(model.main.ops) == 1
