"""Bias correction: what the rounding of weights adds on average is what the biases take away."""

import numpy as np
import pytest

from tests.fakes import graphs
from tests.fakes.imbalanced import observed, planned
from tests.fakes.one_product import PRODUCTS, TRANSPOSED, one_product
from tflitekit.graph.model import Use
from tflitekit.graph.writer import write_model
from tflitekit.quantize.corrections.bias import correct_biases
from tflitekit.quantize.corrections.products import product_of
from tflitekit.quantize.recipe import Recipe

EVERY = PRODUCTS | TRANSPOSED


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def made(name, rng, bias=True):
    """A product with a bias, and inputs whose mean differs by channel and is the same in all
    places, so that only the padding makes borders different."""
    geometry = EVERY[name]
    weights = rng.normal(0, 1, geometry[1]).astype(np.float32)
    channels = geometry[1][3 if geometry[0] == "DEPTHWISE_CONV_2D" else 0]
    values = rng.normal(0, 1, channels).astype(np.float32) if bias else None
    model = one_product(geometry, weights, values)
    means = np.linspace(-1, 3, 6, dtype=np.float32)
    x = np.broadcast_to(means, model.main.inputs[0].shape).copy()
    return model, x


def mean_output(model, x, weights=None, bias=None):
    """By channel, with other weights and biases."""
    twin, tensors = model.copy()
    product = product_of(model.main.ops[0])
    for use, values in ((product.weights, weights), (product.bias, bias)):
        if values is not None:
            tensors[model.main.ops[0].inputs[use.position]].data = np.float32(values)
    (y,) = graphs.run(write_model(twin), x)
    return y.reshape(-1, y.shape[-1]).astype(np.float64).mean(axis=0)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("recipe", [Recipe(), Recipe("int16x8")], ids=lambda one: one.precision)
def test_the_mean_of_every_output_channel_is_kept(name, recipe, rng):
    model, x = made(name, rng)
    product = product_of(model.main.ops[0])
    plan = planned(model, [x], recipe)
    assert correct_biases(model, plan, observed(model, [x])) == 1
    params = plan.operands[product.weights]
    weights = np.asarray(model.main.ops[0].inputs[product.weights.position].data)
    rounded = params.dequantize(params.quantize(weights))
    written = plan.values[product.bias]
    assert written.dtype == ("int64" if recipe.precision == "int16x8" else "int32")
    bias = plan.operands[product.bias].dequantize(written)
    wanted = mean_output(model, x)
    before = np.abs(mean_output(model, x, rounded) - wanted).max()
    after = np.abs(mean_output(model, x, rounded, bias) - wanted).max()
    assert after < before / 20


def test_weights_are_taken_as_they_will_be_written(rng):
    model, x = made("conv same", rng)
    product = product_of(model.main.ops[0])
    plan = planned(model, [x])
    zeros = np.zeros(product.rows().shape, np.int8)
    plan.values[product.weights] = product.from_rows(zeros)
    correct_biases(model, plan, observed(model, [x]))
    bias = plan.operands[product.bias].dequantize(plan.values[product.bias])
    assert bias == pytest.approx(mean_output(model, x), rel=1e-3, abs=1e-3)


def test_an_op_without_a_bias_is_left(rng):
    model, x = made("dense", rng, bias=False)
    plan = planned(model, [x])
    assert correct_biases(model, plan, observed(model, [x])) == 0
    assert plan.values == {}


def test_an_op_that_stays_float_is_left(rng):
    model, x = made("conv same", rng)
    plan = planned(model, [x])
    plan.ops.clear()
    assert correct_biases(model, plan, observed(model, [x])) == 0


def test_without_statistics_of_the_operand_nothing_changes(rng):
    model, x = made("dense", rng)
    plan = planned(model, [x])
    assert correct_biases(model, plan, {}) == 0
    assert Use(model.main.ops[0], 2) not in plan.values
