"""Divisors of channels: when there are some, and what they keep to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import graphs
from tflitekit.graph.model import Model
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.corrections.channel_scales import best_factors
from tflitekit.quantize.corrections.division import find_division
from tflitekit.quantize.corrections.products import product_of


@pytest.fixture
def graph():
    return Model().add_subgraph("main")


def dense(graph, weights, x=None):
    shape = (1, weights.shape[1])
    operands = [x or graphs.tensor(graph, "x", shape), graph.constant("w", np.float32(weights))]
    graphs.op(graph, "FULLY_CONNECTED", [*operands, None], (1, weights.shape[0]), options={})
    return product_of(graph.ops[-1])


def depthwise(graph, weights):
    x = graphs.tensor(graph, "x", (1, 4, 4, weights.shape[-1]))
    operands = [x, graph.constant("w", np.float32(weights)), None]
    graphs.op(graph, "DEPTHWISE_CONV_2D", operands, x.shape, options={})
    return product_of(graph.ops[-1])


def seen(ranges, low=0.0):
    return observe(np.float32([np.full(len(ranges), low), ranges]))


def test_equal_channels_need_none(graph):
    assert best_factors(seen(np.full(8, 3.0)), [dense(graph, np.ones((4, 8)))]) is None


def test_a_tensor_of_zeros_needs_none(graph):
    assert best_factors(seen(np.zeros(8)), [dense(graph, np.ones((4, 8)))]) is None


def test_ranges_that_are_not_known_need_none(graph):
    unknown = observe(np.full((2, 8), np.nan, np.float32))
    assert best_factors(unknown, [dense(graph, np.ones((4, 8)))]) is None


def test_a_depthwise_reader_takes_all_of_the_imbalance(graph):
    ranges = np.geomspace(0.05, 5, 8)
    factors = best_factors(seen(ranges), [depthwise(graph, np.ones((1, 3, 3, 8)))])
    evened = ranges / factors
    assert evened.max() == pytest.approx(5)
    # Twice what was seen is kept free for other data.
    assert evened.min() == pytest.approx(evened.max() / 2)


def test_a_dense_reader_whose_weights_are_the_wider_the_larger_the_channel_needs_none(graph):
    """What the activation would gain, the rows would lose."""
    ranges = np.geomspace(0.5, 5, 8)
    assert best_factors(seen(ranges), [dense(graph, np.tile(ranges, (4, 1)))]) is None


def test_channels_far_below_a_step_cannot_lose_more_than_themselves(graph):
    ranges = np.float32([100, *[0.02] * 15])
    assert best_factors(seen(ranges), [dense(graph, np.ones((4, 16)))]) is None


def test_under_a_cap_nothing_is_divided_by_more_than_one_or_brought_above_it(graph):
    ranges = np.float32([0.05, 0.1, 1, 2, 6, 6, 3, 0.2])
    reader = depthwise(graph, np.ones((1, 3, 3, 8)))
    factors = best_factors(seen(ranges), [reader], [seen(ranges)])
    assert (factors <= 1).all()
    assert (factors[ranges == 6] == 1).all()
    assert (ranges / factors).max() <= 6
    assert (ranges / factors)[0] > 1


@given(st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=12), st.booleans(), st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_factors_are_positive_and_keep_the_peak(ranges, negative, seed):
    graph = Model().add_subgraph("main")
    weights = np.random.default_rng(seed).normal(0, 1, (5, len(ranges)))
    stats = seen(ranges, low=-max(ranges) if negative else 0.0)
    factors = best_factors(stats, [dense(graph, weights)])
    if factors is not None:
        high = np.maximum(np.abs(stats.channel_min), stats.channel_max)
        assert (factors > 0).all()
        assert (high / factors).max() == pytest.approx(high.max(), rel=1e-6)


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_cap_holds_whatever_the_weights_ask_for(seed):
    rng = np.random.default_rng(seed)
    ranges = np.float32(np.minimum(np.exp(rng.normal(0, 2, 12)), 6))
    reader = dense(Model().add_subgraph("main"), rng.lognormal(0, 3, (3, 12)))
    factors = best_factors(seen(ranges), [reader], [seen(ranges)])
    if factors is not None:
        assert (factors <= 1).all()
        assert (ranges / factors).max() <= 6 + 1e-6


def test_constants_and_the_graph_s_own_inputs_cannot_be_divided(graph):
    x = graphs.tensor(graph, "x", (1, 8))
    graph.inputs = [x]
    assert find_division(graph, x) is None


@pytest.mark.parametrize("name", ["LOGISTIC", "HARD_SWISH", "GELU", "TANH"])
def test_behind_a_curved_function_there_is_no_way(graph, name):
    dense(graph, np.ones((8, 4)))
    bent = graphs.op(graph, name, [graph.ops[-1].outputs[0]], (1, 8))
    assert find_division(graph, bent) is None
    assert find_division(graph, graph.ops[0].outputs[0]) is not None


@pytest.mark.parametrize(
    ("activation", "found"), [("NONE", True), ("RELU", True), ("TANH", False), ("SIGN_BIT", False)]
)
def test_a_fused_function_has_to_be_homogeneous(graph, activation, found):
    dense(graph, np.ones((8, 4)))
    graph.ops[0].options["fused_activation_function"] = activation
    assert (find_division(graph, graph.ops[0].outputs[0]) is not None) == found


def test_both_operands_of_a_sum_are_divided(graph):
    for _ in range(2):
        dense(graph, np.ones((8, 4)))
    left, right = (op.outputs[0] for op in graph.ops)
    total = graphs.op(graph, "ADD", [left, right], (1, 8), options={})
    way = find_division(graph, total)
    assert [product.op for product in way.products] == graph.ops[:2]
    graphs.op(graph, "ABS", [left], (1, 8))
    assert find_division(graph, total) is None


def test_only_one_operand_of_a_multiplication_is_divided(graph):
    for _ in range(2):
        dense(graph, np.ones((8, 4)))
    left, right = (op.outputs[0] for op in graph.ops)
    product = graphs.op(graph, "MUL", [left, right], (1, 8), options={})
    graphs.op(graph, "ABS", [left], (1, 8))
    way = find_division(graph, product)
    assert [one.op for one in way.products] == [graph.ops[1]]


def test_a_reduction_over_the_channels_is_no_way(graph):
    dense(graph, np.ones((8, 4)))
    y = graph.ops[-1].outputs[0]
    for axis, found in ((0, True), (-1, False)):
        operands = [y, graph.constant("axis", np.int32([axis]))]
        mean = graphs.op(graph, "MEAN", operands, (8,), options={"keep_dims": False})
        assert (find_division(graph, mean) is not None) == found
        graph.ops.pop()
