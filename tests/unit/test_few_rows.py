"""Which integer products are given to our kernel for few rows."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph.model import Model
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.replaced import Replaced
from tflitekit.kernels.block import BlockParts
from tflitekit.kernels.fully_connected import FULLY_CONNECTED
from tflitekit.quantize.planning.few_rows import LEAST_WEIGHTS, MOST_ROWS, use_our_products

DEPTH = 512
OUTPUTS = LEAST_WEIGHTS // DEPTH
OURS, LEFT = FULLY_CONNECTED.name, "FULLY_CONNECTED"


def product(x=(1, DEPTH), y=(1, OUTPUTS), outputs=OUTPUTS, types=("int8", "int8"), **options):
    """A table of ours, and a product of what it gives.

    Args:
        x, y: shapes.
        types: of x and y.
        options: of the product.
    """
    model = Model()
    graph = model.add_subgraph("main")
    graph.inputs = [graphs.tensor(graph, "given", x, types[0])]
    values = graphs.op(graph, "tflitekit.table", graph.inputs, x, types[0])
    graph.ops[0].custom = True
    weights = graph.constant("weights", np.ones((outputs, DEPTH), np.int8))
    bias = graph.constant("bias", np.full(outputs, 5, np.int32))
    operands = [values, weights, bias]
    graph.outputs = [graphs.op(graph, LEFT, operands, y, types[1], options=options)]
    values.quantization = Quantization.affine(0.5, -3)
    weights.quantization = Quantization.affine(0.25, 0)
    graph.outputs[0].quantization = Quantization.affine(2.0, 7)
    return model


def name_of(model):
    use_our_products(model)
    return model.main.ops[1].name


def test_one_row_is_ours():
    model = product()
    told = use_our_products(model)
    assert told == [Replaced(OURS, (LEFT,))]
    _, op = model.main.ops
    assert (op.name, op.custom, op.options) == (OURS, True, None)
    x, weights, block = op.inputs
    assert (x.name, weights.name) == (model.main.ops[0].outputs[0].name, "weights")
    parts = BlockParts(block.data)
    assert parts.header("iiii") == (OUTPUTS, 7, -128, 127)
    biases, sums, scales = (parts.array(OUTPUTS, one) for one in ("int32", "int32", "float32"))
    assert (biases == 5 + 3 * DEPTH).all()
    assert (sums == DEPTH).all()
    assert (scales == np.float32(0.5 * 0.25 / 2.0)).all()


def test_an_activation_function_limits_y():
    model = product(fused_activation_function="RELU6")
    use_our_products(model)
    assert BlockParts(model.main.ops[1].inputs[2].data).header("iiii")[2:] == (7, 10)


def test_no_bias():
    model = product()
    del model.main.ops[1].inputs[2]
    use_our_products(model)
    parts = BlockParts(model.main.ops[1].inputs[2].data)
    parts.header("iiii")
    assert (parts.array(OUTPUTS, "int32") == 3 * DEPTH).all()


def test_more_axes():
    assert name_of(product(x=(1, 1, DEPTH), y=(1, 1, OUTPUTS))) == OURS


def test_many_rows_are_left():
    rows = MOST_ROWS + 1
    assert name_of(product(x=(rows, DEPTH), y=(rows, OUTPUTS))) == LEFT


def test_few_weights_are_left():
    assert name_of(product(y=(1, OUTPUTS - 1), outputs=OUTPUTS - 1)) == LEFT


@pytest.mark.parametrize("types", [("int16", "int16"), ("float32", "float32"), ("int8", "float32")])
def test_other_types_are_left(types):
    assert name_of(product(types=types)) == LEFT


def test_what_flattens_its_operand_is_left():
    assert name_of(product(x=(1, 2, DEPTH // 2))) == LEFT
    assert name_of(product(x=(1, 1, DEPTH))) == LEFT


def test_an_activation_function_that_does_not_clip_is_left():
    assert name_of(product(fused_activation_function="TANH")) == LEFT


def test_computed_weights_are_left():
    model = product()
    weights = graphs.tensor(model.main, "w", (OUTPUTS, DEPTH), "int8")
    weights.quantization = Quantization.affine(0.25, 0)
    model.main.ops[1].inputs[1] = weights
    assert name_of(model) == LEFT


def test_a_number_of_rows_that_is_not_fixed_is_left():
    model = product()
    model.main.ops[1].inputs[0].shape_signature = (-1, DEPTH)
    assert name_of(model) == LEFT


def test_a_model_without_ops_of_ours_stays_without():
    model = product()
    model.main.ops[0].custom = False
    assert use_our_products(model) == []
    assert name_of(model) == LEFT
