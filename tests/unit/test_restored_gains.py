"""Gains of normalizations that went into the layers behind them come back, where both are there."""

import numpy as np
import pytest

from tests.fakes import graphs
from tests.unit.test_normalize_match import GAIN, OFFSET, Graph
from tflitekit.graph import write_model
from tflitekit.kernels.layer_norm import LAYER_NORM
from tflitekit.kernels.normalize.gains import restore_gains
from tflitekit.kernels.patch import patch

X = np.random.default_rng(1).normal(0, 1, (1, 6, 8)).astype(np.float32)
WEIGHTS = np.random.default_rng(2).normal(0, 1, (3, 8)).astype(np.float32)


def post_norm(gain=GAIN, bias=True):
    """A norm without gain, a layer that reads it, and what goes on beside the layer."""
    g = Graph()
    root = g.RSQRT(g.ADD(g.MEAN(g.MUL(g.x, g.x), axes=(-1,)), 1e-3))
    normed = g.MUL(g.x, root)
    operands = [normed, g.tensor(WEIGHTS), g.tensor(np.float32([1, 2, 3])) if bias else None]
    layer = graphs.op(
        g.graph, "FULLY_CONNECTED", operands, (1, 6, 3), options={"keep_num_dims": True}
    )
    stream = g.ADD(g.MUL(normed, gain), OFFSET)
    for op in g.graph.ops:
        op.options = op.options or None
    return g.ends_in(layer, stream), normed


@pytest.mark.parametrize("bias", [True, False])
def test_a_layer_reads_what_goes_on_beside_it(bias):
    made, _ = post_norm(bias=bias)
    before = graphs.run(write_model(made.model), X)
    assert restore_gains(made.graph) == 1
    assert restore_gains(made.graph) == 0
    layer = next(op for op in made.graph.ops if op.name == "FULLY_CONNECTED")
    assert layer.inputs[0] is made.graph.outputs[1]
    for one, other in zip(graphs.run(write_model(made.model), X), before, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    patch(made.model, (LAYER_NORM,))
    assert [op.name for op in made.graph.ops] == ["tflitekit.layer_norm", "FULLY_CONNECTED"]


def no_gain_in_a_column():
    gain = GAIN.copy()
    gain[3] = 0
    return post_norm(gain)[0]


def others_read_the_norm():
    made, normed = post_norm()
    made.graph.outputs.append(made.EXP(normed))
    return made


def no_normalization():
    made, _ = post_norm()
    made.graph.ops[3].name = "EXP"
    return made


@pytest.mark.parametrize("make", [no_gain_in_a_column, others_read_the_norm, no_normalization])
def test_what_is_left_alone(make):
    made = make()
    assert restore_gains(made.graph) == 0
