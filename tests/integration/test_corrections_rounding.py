"""Rounding by second moments, from the runner's activations to the integers in the plan."""

import numpy as np
import pytest

from tests.fakes import graphs
from tests.fakes.imbalanced import chain, outputs, planned, quantized, samples
from tests.fakes.one_product import PRODUCTS, TRANSPOSED, one_product
from tflitekit.graph.model import Model, Use
from tflitekit.graph.writer import write_model
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.corrections.moments import Moments, collect_moments
from tflitekit.quantize.corrections.patches import patches
from tflitekit.quantize.corrections.products import product_of
from tflitekit.quantize.corrections.rounding import round_weights


def unbiased(geometry, weights):
    channels = geometry[1][3 if geometry[0] == "DEPTHWISE_CONV_2D" else 0]
    return one_product(geometry, np.float32(weights), np.zeros(channels, np.float32))


@pytest.mark.parametrize("name", PRODUCTS)
def test_patches_times_weights_is_the_product(name):
    rng = np.random.default_rng(5)
    geometry = PRODUCTS[name]
    model = unbiased(geometry, rng.normal(0, 1, geometry[1]))
    product = product_of(model.main.ops[0])
    x = rng.normal(0, 1, model.main.inputs[0].shape).astype(np.float32)
    (expected,) = graphs.run(write_model(model), x)
    rows = patches(product, x[None], 10**6)
    weights = product.rows().reshape(product.groups, -1, product.inputs)
    found = np.einsum("gpi,goi->pgo", rows, weights).reshape(expected.shape)
    assert found == pytest.approx(expected, abs=1e-4)
    assert product.from_rows(product.rows()) == pytest.approx(
        np.asarray(model.main.ops[0].inputs[1].data)
    )


def test_too_many_positions_are_thinned_the_same_way_each_time():
    geometry = PRODUCTS["conv same"]
    model = unbiased(geometry, np.ones(geometry[1]))
    product = product_of(model.main.ops[0])
    x = np.random.default_rng(5).normal(0, 1, (4, 1, 7, 9, 6)).astype(np.float32)
    thinned = patches(product, x, 50)
    assert thinned.shape == (1, 50, 54)
    assert np.array_equal(thinned, patches(product, x, 50))
    everything = {row.tobytes() for row in patches(product, x, 10**6)[0]}
    assert {row.tobytes() for row in thinned[0]} <= everything
    assert len({row.tobytes() for row in thinned[0]}) > 45


def correlated(model, count=32):
    """Images whose channels and neighbours are alike, as those of real nets."""
    rng = np.random.default_rng(6)
    shape = model.main.inputs[0].shape
    smooth = [rng.normal(1, 1, (1, 1, 1, 1)) + rng.normal(0, 0.3, shape) for _ in range(count)]
    return [one.astype(np.float32) for one in smooth]


def stored(model, folder, inputs):
    specs = model.signature().input_specs()
    return SampleStore.write(folder, specs, ({specs[0].name: x} for x in inputs))


@pytest.mark.build
def test_moments_of_the_runner_are_those_of_the_float_model(tmp_path):
    model = chain()
    inputs = correlated(model, 5)
    found = collect_moments(model, stored(model, tmp_path, inputs), SILENT)
    assert list(found) == [op.outputs[0] for op in model.main.ops]
    content = write_model(exposing(model, 0))
    rows = [
        patches(product_of(model.main.ops[1]), graphs.run(content, x)[0], 10**6) for x in inputs
    ]
    whole = np.concatenate(rows, axis=1).astype(np.float64)
    moments = found[model.main.ops[1].outputs[0]]
    assert moments.count == whole.shape[1]
    expected = whole.transpose(0, 2, 1) @ whole / moments.count
    assert np.array(list(moments.second())) == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.build
def test_samples_beyond_the_limit_are_not_counted(tmp_path):
    model = chain()
    store = stored(model, tmp_path, correlated(model, 7))
    found = collect_moments(model, store, SILENT, limit=3)
    assert {one.count for one in found.values()} == {3 * 36}


@pytest.mark.build
def test_transposed_convolutions_have_none(tmp_path):
    geometry = TRANSPOSED["transposed same 2"]
    model = unbiased(geometry, np.ones(geometry[1]))
    assert collect_moments(model, stored(model, tmp_path, samples(model, 2)), SILENT) == {}


def exposing(model: Model, number: int) -> Model:
    twin, tensors = model.copy()
    twin.main.outputs = [tensors[model.main.ops[number].outputs[0]]]
    return twin


@pytest.mark.build
def test_outputs_are_closer_than_with_the_nearest_integers(tmp_path):
    model = chain(imbalance=1.0)
    inputs = correlated(model)
    moments = collect_moments(model, stored(model, tmp_path, inputs), SILENT)
    nearest, plan = (planned(model, inputs) for _ in range(2))
    assert round_weights(model, plan, moments) == 3
    for op in model.main.ops:
        product = product_of(op)
        written = plan.values[Use(op, 1)]
        assert written.dtype == np.int8
        assert written.shape == op.inputs[1].shape
        assert np.abs(written.astype(int)).max() <= 127
        assert noise(product, plan, moments) < 0.6 * noise(product, nearest, moments)


def noise(product, plan, moments):
    """E||(Wq - W) x||^2."""
    params = plan.operands[product.weights]
    weights = np.asarray(product.op.inputs[1].data)
    steps = plan.values.get(product.weights, params.quantize(weights))
    error = product.rows(params.dequantize(steps)) - product.rows()
    by_group = error.reshape(product.groups, -1, product.inputs)
    second = moments[product.op.outputs[0]].second()
    return sum(
        float(np.einsum("oi,ij,oj->", one, two, one))
        for one, two in zip(by_group, second, strict=True)
    )


def test_ops_without_moments_or_in_float_keep_the_nearest(tmp_path):
    model = chain(imbalance=1.0)
    inputs = samples(model)
    plan = planned(model, inputs)
    first = model.main.ops[0]
    moments = {first.outputs[0]: Moments.empty(1, 27)}
    moments[first.outputs[0]].add(np.ones((1, 9, 27), np.float32))
    plan.ops.discard(first)
    assert round_weights(model, plan, moments) == 0
    assert plan.values == {}
    plan.ops.add(first)
    assert round_weights(model, plan, moments) == 1
    assert set(plan.values) == {Use(first, 1)}
    assert np.isfinite(outputs(quantized(model, plan), inputs)).all()
