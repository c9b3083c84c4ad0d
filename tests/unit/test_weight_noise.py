"""The estimate of what rounded weights cost, against what they do cost."""

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.graph.model import Model, Use
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.diagnosis.weight_noise import weights_db
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.plan import Plan

RNG = np.random.default_rng(0)
STEP = QuantParams((0.05,), (0,), "int8")
ROWS = 4000


def made(kind, weights, x, y, params=STEP):
    """The estimate for an op that multiplies `x` with `weights` to `y`."""
    graph = Model().add_subgraph("main")
    source = tensor(graph, "x", x.shape)
    operands = [source, graph.constant("weights", np.float32(weights))]
    op(graph, kind, operands, y.shape, options={})
    plan = Plan(operands={Use(graph.ops[0], 1): params})
    seen = [observe(np.float32(values)) for values in (x, y)]
    return weights_db(graph.ops[0], plan, *seen), graph.ops[0], plan, seen


def measured(exact, rounded):
    noise = np.square(exact - rounded).sum()
    return 10 * np.log10(np.square(exact).sum() / noise)


def rounded(weights):
    return STEP.dequantize(STEP.quantize(np.float32(weights)))


def test_a_product_with_channels_of_all_sizes():
    x = RNG.normal(size=(ROWS, 16)) * np.geomspace(0.01, 10, 16)
    weights = RNG.uniform(-1, 1, (32, 16))
    db, *_ = made("FULLY_CONNECTED", weights, x, x @ weights.T)
    assert db == pytest.approx(measured(x @ weights.T, x @ rounded(weights).T), abs=0.3)


def test_a_flattened_input_repeats_its_channels():
    x = RNG.normal(size=(ROWS, 3, 4)) * [0.1, 1, 5, 20]
    weights = RNG.uniform(-1, 1, (32, 12))
    flat = x.reshape(ROWS, 12)
    db, *_ = made("FULLY_CONNECTED", weights, x, flat @ weights.T)
    assert db == pytest.approx(measured(flat @ weights.T, flat @ rounded(weights).T), abs=0.3)


def test_a_depthwise_product_with_a_multiplier():
    x = RNG.normal(size=(1, ROWS, 1, 4)) * [0.1, 1, 5, 20]
    weights = RNG.uniform(-1, 1, (1, 1, 1, 8))
    wide = np.repeat(x, 2, axis=-1)
    db, *_ = made("DEPTHWISE_CONV_2D", weights, x, wide * weights)
    assert db == pytest.approx(measured(wide * weights, wide * rounded(weights)), abs=0.3)


def test_a_convolution_counts_every_tap():
    x = RNG.normal(size=(1, 1, ROWS, 4)) * [0.1, 1, 5, 20]
    weights = RNG.uniform(-1, 1, (16, 1, 3, 4))
    windows = np.stack([x[0, 0, i : ROWS - 2 + i] for i in range(3)], axis=1)
    exact, near = (
        np.einsum("nwi,owi->no", windows, one[:, 0]) for one in (weights, rounded(weights))
    )
    db, *_ = made("CONV_2D", weights, x, exact)
    assert db == pytest.approx(measured(exact, near), abs=0.3)


def test_integers_that_a_correction_found_count():
    x, weights = RNG.normal(size=(ROWS, 16)), RNG.uniform(-1, 1, (32, 16))
    db, one, plan, seen = made("FULLY_CONNECTED", weights, x, x @ weights.T)
    plan.values[Use(one, 1)] = np.zeros((32, 16), np.int8)
    assert weights_db(one, plan, *seen) == pytest.approx(0, abs=0.3)
    assert db > 20


def test_an_op_without_weights_has_no_ratio():
    x = RNG.normal(size=(4, 16))
    assert made("BATCH_MATMUL", np.eye(16), x, x)[0] is None
