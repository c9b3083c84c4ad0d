"""When a model gets custom ops of ours."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph import Model
from tflitekit.graph.model import Signature
from tflitekit.quantize.planning.kernel_use import open_for_int16, with_kernels
from tflitekit.quantize.recipe import Recipe

SHAPE = (1, 8, 8, 16)


def model_of(*names, convolutions=1, shape=SHAPE):
    """Convolutions of 16 channels, then ops of one operand."""
    model = Model()
    graph = model.add_subgraph("main")
    x = graphs.tensor(graph, "x", shape)
    graph.inputs = [x]
    channels = shape[-1]
    weights = np.ones((channels, 3, 3, channels), np.float32)
    for number in range(convolutions):
        operands = [x, graph.constant(f"w{number}", weights), None]
        x = graphs.op(graph, "CONV_2D", operands, shape, options={})
    for name in names:
        x = graphs.op(graph, name, [x], shape, options={} if name == "RELU" else None)
    graph.outputs = [x]
    model.signatures["serving_default"] = Signature(graph, {"x": graph.inputs[0]}, {"y": x})
    return model


def custom_ops(model, kernels="auto", int16=False):
    return [op.name for op in with_kernels(model, kernels, int16=int16).ops() if op.custom]


def test_what_litert_lacks_needs_ours():
    assert custom_ops(model_of("SIN")) == ["tflitekit.table"]


def test_then_ours_are_used_for_the_others_too():
    model = model_of("SIN")
    graph = model.main
    (y,) = graph.outputs
    weights = graph.constant("w", np.ones((16, 1, 1, 16), np.float32))
    between = graphs.op(graph, "CONV_2D", [y, weights, None], SHAPE, options={})
    graph.outputs = [graphs.op(graph, "TANH", [between], SHAPE)]
    model.signatures.clear()
    assert custom_ops(model) == ["tflitekit.table", "tflitekit.table"]


def test_a_little_of_what_is_slow_does_not_matter():
    assert custom_ops(model_of("HARD_SWISH", convolutions=200)) == []
    assert custom_ops(model_of("HARD_SWISH", convolutions=200), "always") == ["tflitekit.table"]


def test_much_of_it_does():
    assert custom_ops(model_of("HARD_SWISH")) == ["tflitekit.table"]
    assert custom_ops(model_of("HARD_SWISH"), "never") == []


def test_what_has_another_form_is_not_missing():
    """NEG is a product by -1 in LiteRT."""
    assert custom_ops(model_of("NEG", convolutions=200)) == []


def test_the_model_that_is_given_stays():
    model = model_of("SIN")
    with_kernels(model, "always", int16=False)
    assert not any(op.custom for op in model.ops())


def test_int16_is_left_to_litert_where_only_it_has_it():
    model = model_of("SIN", "TANH")  # one table
    assert custom_ops(model, "always", int16=True) == ["tflitekit.table"]
    assert custom_ops(model_of("TANH"), "always", int16=True) == []


@pytest.mark.parametrize(("named", "left"), [("TANH_1", []), ("elsewhere", ["tflitekit.table"])])
def test_a_layer_that_is_asked_for_in_int16_is_given_back(named, left):
    model = with_kernels(model_of("TANH"), "always", int16=False)
    open_for_int16(model, Recipe(int16=(named,)))
    assert [op.name for op in model.ops() if op.custom] == left


def test_what_takes_no_time_does_not_matter():
    """However slow it is: a custom op is more than it would save."""
    small = model_of("HARD_SWISH", shape=(1, 2, 2, 4))
    assert custom_ops(small) == []
    assert custom_ops(small, "always") == ["tflitekit.table"]


def test_int16_stays_ours_where_we_have_it():
    """An RMSNorm: LiteRT has all of its ops in int16, too."""
    model = model_of()
    graph = model.main
    (x,) = graph.outputs
    square = graphs.op(graph, "MUL", [x, x], SHAPE, options={})
    axes, small = graph.constant("axes", np.int32([3])), graph.constant("small", np.float32(1e-3))
    mean = graphs.op(graph, "MEAN", [square, axes], (*SHAPE[:3], 1), options={"keep_dims": True})
    spread = graphs.op(graph, "ADD", [mean, small], mean.shape, options={})
    scale = graphs.op(graph, "RSQRT", [spread], mean.shape)
    graph.outputs = [graphs.op(graph, "MUL", [x, scale], SHAPE, options={})]
    model.signatures.clear()
    assert custom_ops(model, "always", int16=True) == ["tflitekit.layer_norm"]


def test_what_is_between_several_ops_is_not_given_back():
    """Calibration did not see it."""
    model = with_kernels(model_of("TANH", "LOGISTIC"), "always", int16=False)
    (op,) = (op for op in model.ops() if op.custom)
    open_for_int16(model, Recipe(int16=(op.outputs[0].name,)))
    assert [op.name for op in model.ops() if op.custom] == ["tflitekit.table"]
