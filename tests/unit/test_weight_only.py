"""Which constants become narrow, what they become, and what is left alone."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.fakes.graphs import op, run, tensor
from tflitekit.errors import UsageError
from tflitekit.graph import Model, read_model, write_model
from tflitekit.graph.model import Op
from tflitekit.graph.op_versions import version_of
from tflitekit.graph.verify import verify
from tflitekit.quantize.recipe import INTEGER_PRECISIONS, PRECISIONS
from tflitekit.quantize.weights.steps import to_steps
from tflitekit.quantize.weights.weight_only import WEIGHT_TYPES, quantize_weights

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(64, 32)).astype(np.float32)
SHARES = {"float16": 1 / 2, "dynamic": 1 / 4, "weight8": 1 / 4, "weight4": 1 / 8}


def tied(share_tensor: bool = True) -> Model:
    """A table that is gathered from, and whose transpose is multiplied with."""
    model = Model()
    graph = model.add_subgraph()
    ids = tensor(graph, "ids", (3,), "int32")
    table = graph.constant("table", WEIGHTS)
    again = table
    if not share_tensor:
        again = tensor(graph, "again", WEIGHTS.shape, buffer=table.buffer)
    rows = op(graph, "GATHER", [table, ids], (3, 32), options={"axis": 0})
    graph.inputs = [ids]
    graph.outputs = [op(graph, "FULLY_CONNECTED", [rows, again, None], (3, 64), options={})]
    return model


def constant_bytes(model: Model) -> int:
    return sum(
        buffer.data.size for buffer in {one.buffer for one in model.main.tensors if one.buffer}
    )


def test_every_precision_that_is_not_integer_is_here() -> None:
    assert set(WEIGHT_TYPES) == set(PRECISIONS) - set(INTEGER_PRECISIONS)


@pytest.mark.parametrize("share_tensor", [True, False])
@pytest.mark.parametrize("precision", WEIGHT_TYPES)
def test_a_shared_constant_is_stored_once_and_right_for_both(precision, share_tensor) -> None:
    model = tied(share_tensor)
    ids = np.array([5, 0, 63], np.int32)
    expected = run(write_model(model), ids)[0]
    assert quantize_weights(model, precision) == (1 if share_tensor else 2)
    verify(model)
    assert constant_bytes(model) == SHARES[precision] * WEIGHTS.nbytes
    result = run(write_model(read_model(write_model(model))), ids)[0]
    assert_allclose(result, expected, atol=0.2 * np.abs(expected).max())
    assert quantize_weights(model, precision) == 0


def test_a_hybrid_kernel_reads_the_integers_and_others_what_they_stand_for() -> None:
    model = tied()
    quantize_weights(model, "dynamic")
    dequantize, gather, product = model.main.ops
    assert dequantize.name == "DEQUANTIZE"
    assert gather.inputs[0] is dequantize.outputs[0]
    assert product.inputs[1] is dequantize.inputs[0]
    assert (version_of(product), product.options["asymmetric_quantize_inputs"]) == (12, True)


def test_weights_alone_leave_the_product_in_float() -> None:
    model = tied()
    quantize_weights(model, "weight8")
    product = model.main.ops[-1]
    assert product.inputs[1].dtype == "float32"
    assert version_of(product) == 1


@pytest.mark.parametrize("precision", WEIGHT_TYPES)
def test_small_constants_and_biases_stay(precision) -> None:
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (1, 2))
    weights = graph.constant("weights", np.ones((500, 2), np.float32))
    wide = graph.constant("wide", np.ones((2000, 500), np.float32))
    bias = graph.constant("bias", np.ones(2000, np.float32))
    hidden = op(graph, "FULLY_CONNECTED", [x, weights, None], (1, 500), options={})
    y = op(graph, "FULLY_CONNECTED", [hidden, wide, bias], (1, 2000), options={})
    graph.inputs, graph.outputs = [x], [y]
    assert quantize_weights(model, precision) == 1
    assert {one.name for one in graph.tensors if one.is_constant and one.is_float} >= {
        "weights",
        "bias",
    }


def one_reader(values, custom: bool = False, name: str = "ADD") -> Model:
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", values.shape)
    constant = graph.constant("constant", values)
    options = None if custom else {}
    y = op(graph, name, [x, constant], values.shape, custom=custom, options=options)
    graph.inputs, graph.outputs = [x], [y]
    return model


@pytest.mark.parametrize("precision", WEIGHT_TYPES)
def test_what_a_custom_op_or_the_caller_gets_stays(precision) -> None:
    assert quantize_weights(one_reader(WEIGHTS, custom=True, name="Mine"), precision) == 0
    model = one_reader(WEIGHTS)
    model.main.outputs.append(model.main.ops[0].inputs[1])
    assert quantize_weights(model, precision) == 0


def test_a_constant_that_one_reader_needs_in_float_stays_for_all() -> None:
    model = tied()
    graph = model.main
    graph.ops.append(Op("Mine", [graph.ops[0].inputs[0]], [tensor(graph, "m", (1,))], custom=True))
    graph.outputs.append(graph.ops[-1].outputs[0])
    assert quantize_weights(model, "weight8") == 0


@pytest.mark.parametrize(
    ("value", "precision", "changed"),
    [
        (-1e9, "float16", 0),
        (-1e9, "weight8", 1),
        (-np.inf, "float16", 1),
        (-np.inf, "weight8", 0),
        (np.nan, "dynamic", 0),
    ],
)
def test_what_the_type_cannot_hold_stays(value, precision, changed) -> None:
    mask = np.where(WEIGHTS > 0, np.float32(0), np.float32(value))
    model = one_reader(mask)
    assert quantize_weights(model, precision) == changed
    (result,) = run(write_model(model), np.zeros_like(mask))
    assert_array_equal(result, mask)


def test_a_constant_of_no_product_keeps_8_bits() -> None:
    model = one_reader(WEIGHTS)
    quantize_weights(model, "weight4")
    assert [one.dtype for one in model.main.tensors if one.is_constant] == ["int8"]


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(UsageError, match="int8"):
        quantize_weights(tied(), "int8")


@pytest.mark.parametrize(("dtype", "limit"), [("int8", 127), ("int4", 7)])
def test_steps_are_symmetric_and_near(dtype, limit) -> None:
    steps = to_steps(WEIGHTS, 1, dtype)
    assert steps.scales.shape == (32,)
    assert np.abs(steps.values).max() <= limit
    error = np.square(steps.values * steps.scales - WEIGHTS).sum(axis=0)
    plain = np.abs(WEIGHTS).max(axis=0) / limit
    rounded = np.rint(WEIGHTS / plain) * plain
    assert (error <= np.square(rounded - WEIGHTS).sum(axis=0) * 1.0001).all()
    if dtype == "int4":
        assert error.sum() < 0.95 * np.square(rounded - WEIGHTS).sum()


def test_a_channel_of_zeros_has_a_scale() -> None:
    steps = to_steps(np.zeros((2, 3), np.float32), 0, "int8")
    assert (steps.scales > 0).all()
    assert not steps.values.any()
