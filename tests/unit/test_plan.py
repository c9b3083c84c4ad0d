"""The planner on graphs built in memory: who gets which parameters, and what is put in."""

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.graph.model import Model, Use
from tflitekit.graph.verify import verify
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.recipe import Recipe

MINMAX = Recipe(ranges="minmax")


def seen(low, high):
    """Statistics of a tensor whose values were all in [low, high]."""
    bins = np.float32([low, high]).view(np.uint32) >> 16
    ends = np.float32([low]), np.float32([high])
    sums = np.float64([low + high]), np.float64([low**2 + high**2])
    return TensorStats(
        2, low, high, bins.astype(np.uint16), np.uint64([1, 1]), *ends, *sums, channel_count=2
    )


def planned(graph, ranges, recipe=MINMAX):
    by_name = {one.name: one for one in graph.tensors}
    stats = {by_name[name]: seen(*ends) for name, ends in ranges.items()}
    return make_plan(graph.model, stats, recipe)


def scale_of(plan, one):
    return plan.tensors[one].scales[0]


@pytest.fixture
def graph():
    graph = Model().add_subgraph("main")
    graph.inputs = [tensor(graph, "x", (1, 4, 4, 8))]
    return graph


def conv(graph, x, weights=None, bias=(0.0,) * 8, **options):
    values = np.ones((8, 1, 1, 8), np.float32) if weights is None else weights
    operands = [x, graph.constant("weights", values), graph.constant("bias", np.float32(bias))]
    return op(graph, "CONV_2D", operands, (1, 4, 4, 8), options=options)


def finish(graph, *outputs):
    graph.outputs = list(outputs)
    return graph


def test_activations_take_what_was_seen(graph):
    y = conv(graph, graph.inputs[0])
    plan = planned(finish(graph, y), {"x": (0, 2.55), "CONV_2D_0": (-1, 1.55)})
    assert scale_of(plan, graph.inputs[0]) == pytest.approx(0.01)
    assert plan.tensors[graph.inputs[0]].zero_points == (-128,)
    assert plan.tensors[y].zero_points == (-28,)
    assert plan.left_float == {}


def test_weights_are_per_channel_and_biases_follow_the_accumulator(graph):
    weights = np.zeros((8, 1, 1, 8), np.float32)
    weights[:, 0, 0, 0] = np.arange(8) * 12.7
    y = conv(graph, graph.inputs[0], weights)
    plan = planned(finish(graph, y), {"x": (0, 2.55), "CONV_2D_0": (-1, 1)})
    params, bias = (plan.operands[Use(graph.ops[0], i)] for i in (1, 2))
    assert params.axis == 0
    assert params.dtype == "int8"
    assert params.scales[1:] == pytest.approx([0.1 * i for i in range(1, 8)], rel=1e-6)
    assert params.scales[0] > 0
    assert bias.dtype == "int32"
    assert bias.scales == pytest.approx([0.01 * scale for scale in params.scales], rel=1e-6)


def test_a_bias_that_does_not_fit_widens_its_channel(graph):
    weights = np.full((8, 1, 1, 8), 1e-9, np.float32)
    y = conv(graph, graph.inputs[0], weights, bias=(1.0, *(0.0,) * 7))
    plan = planned(finish(graph, y), {"x": (0, 2.55), "CONV_2D_0": (-1, 1)})
    steps = plan.operands[Use(graph.ops[0], 2)].quantize(np.float32([1.0] + [0.0] * 7))
    assert int(steps[0]) == pytest.approx(2**30, rel=1e-3)
    assert steps[1:].tolist() == [0] * 7


def dense(graph, x, weights):
    operands = [x, weights, graph.constant("bias", np.ones(8, np.float32))]
    return op(graph, "FULLY_CONNECTED", operands, (1, 4, 4, 8))


@pytest.mark.parametrize(("least", "count"), [(1.0, 1), (0.98, 1), (0.9, 8)])
def test_products_with_weights_of_alike_channels_have_one_scale(graph, least, count):
    weights = graph.constant("weights", np.diag(np.linspace(least, 1, 8)).astype(np.float32))
    y = dense(graph, graph.inputs[0], weights)
    plan = planned(finish(graph, y), {"x": (0, 2.55), "FULLY_CONNECTED_0": (-1, 1)})
    params, bias = (plan.operands[Use(graph.ops[0], i)] for i in (1, 2))
    assert (len(params.scales), len(bias.scales)) == (count, count)
    assert max(params.scales) == pytest.approx(1 / 127)
    assert bias.scales[-1] == pytest.approx(0.01 * params.scales[-1], rel=1e-6)


def test_alike_channels_keep_their_scales_where_others_read_them_or_the_kernel_wants_them(graph):
    weights = graph.constant("weights", np.eye(8, dtype=np.float32))
    y, z = dense(graph, graph.inputs[0], weights), dense(graph, graph.inputs[0], weights)
    w = conv(graph, graph.inputs[0])
    ranges = {one.name: (-1, 1) for one in (graph.inputs[0], y, z, w)}
    plan = planned(finish(graph, y, z, w), ranges)
    assert [len(plan.operands[Use(one, 1)].scales) for one in graph.ops] == [8, 8, 8]


def test_a_fixed_output_is_the_kernel_s(graph):
    y = op(graph, "SOFTMAX", [graph.inputs[0]], (1, 4, 4, 8), options={"beta": 1.0})
    plan = planned(finish(graph, y), {"x": (-3, 3), "SOFTMAX_0": (0, 0.5)})
    assert (plan.tensors[y].scales, plan.tensors[y].zero_points) == ((1 / 256,), (-128,))


def test_a_follower_has_its_input_s_parameters(graph):
    shape = graph.constant("shape", np.int32([1, 128]))
    y = op(graph, "RESHAPE", [graph.inputs[0], shape], (1, 128))
    plan = planned(finish(graph, y), {"x": (-3, 3), "RESHAPE_0": (-1, 1)})
    assert plan.tensors[y] == plan.tensors[graph.inputs[0]]


def test_concatenation_shares_through_the_producer_or_a_requantize(graph):
    x = graph.inputs[0]
    narrow = conv(graph, x)
    options = {"axis": 3}
    y = op(graph, "CONCATENATION", [narrow, x], (1, 4, 4, 16), options=options)
    ranges = {"x": (0, 1), "CONV_2D_0": (-1, 0.5), "CONCATENATION_1": (-1, 1)}
    plan = planned(finish(graph, y), ranges)
    assert plan.tensors[narrow] == plan.tensors[y]
    assert plan.tensors[x] != plan.tensors[y]
    assert plan.operands[Use(graph.ops[1], 1)] == plan.tensors[y]
    assert Use(graph.ops[1], 0) not in plan.operands
    apply_plan(graph.model, plan)
    assert [one.name for one in graph.ops] == ["CONV_2D", "QUANTIZE", "CONCATENATION"]


def test_a_tensor_that_others_read_keeps_its_own_range(graph):
    narrow = conv(graph, graph.inputs[0])
    both = op(graph, "CONCATENATION", [narrow, graph.inputs[0]], (1, 4, 4, 16), options={"axis": 3})
    other = conv(graph, narrow)
    ranges = {
        "x": (0, 9),
        "CONV_2D_0": (-1, 1),
        "CONCATENATION_1": (-1, 9),
        "CONV_2D_2": (-1, 1),
    }
    plan = planned(finish(graph, both, other), ranges)
    assert scale_of(plan, narrow) == pytest.approx(2 / 255)
    assert plan.operands[Use(graph.ops[1], 0)] == plan.tensors[both]


def test_a_constant_operand_is_quantized_by_its_own_values(graph):
    addend = graph.constant("addend", np.float32([0, 25.5]))
    y = op(graph, "ADD", [graph.inputs[0], addend], (1, 4, 4, 8), options={})
    plan = planned(finish(graph, y), {"x": (0, 1), "ADD_0": (0, 26)})
    assert plan.operands[Use(graph.ops[0], 1)].scales[0] == pytest.approx(0.1)


def test_an_op_without_a_kernel_stays_float_between_conversions(graph):
    middle = op(graph, "NEG", [conv(graph, graph.inputs[0])], (1, 4, 4, 8))
    y = conv(graph, middle)
    ranges = {"x": (0, 1), "CONV_2D_0": (-1, 1), "NEG_1": (-1, 1), "CONV_2D_2": (-1, 1)}
    plan = planned(finish(graph, y), ranges)
    assert [one.name for one in plan.left_float] == ["NEG"]
    assert middle not in plan.tensors
    apply_plan(graph.model, plan)
    verify(graph.model)
    names = [one.name for one in graph.ops]
    assert names == ["CONV_2D", "DEQUANTIZE", "NEG", "QUANTIZE", "CONV_2D"]
    assert middle.dtype == "float32"


def test_what_calibration_did_not_see_stays_float(graph):
    y = conv(graph, graph.inputs[0])
    plan = planned(finish(graph, y), {"x": (0, 1)})
    assert "not seen" in plan.left_float[graph.ops[0]]


def test_computed_weights_stay_float(graph):
    x = graph.inputs[0]
    y = op(graph, "CONV_2D", [x, x, None], (1, 4, 4, 8), options={})
    plan = planned(finish(graph, y), {"x": (0, 1), "CONV_2D_0": (0, 1)})
    assert "computed" in plan.left_float[graph.ops[0]]


def test_sixteen_bits_are_symmetric_with_wide_biases(graph):
    y = conv(graph, graph.inputs[0])
    recipe = Recipe("int16x8", "minmax")
    plan = planned(finish(graph, y), {"x": (0, 2), "CONV_2D_0": (-1, 0.5)}, recipe)
    assert {plan.tensors[one].dtype for one in (graph.inputs[0], y)} == {"int16"}
    assert plan.tensors[y].zero_points == (0,)
    assert plan.operands[Use(graph.ops[0], 1)].dtype == "int8"
    assert plan.operands[Use(graph.ops[0], 2)].dtype == "int64"


def test_a_written_plan_is_a_sound_model(graph):
    weights = np.random.default_rng(0).normal(size=(8, 1, 1, 8)).astype(np.float32)
    y = conv(graph, graph.inputs[0], weights, bias=tuple(range(8)))
    plan = planned(finish(graph, y), {"x": (0, 1), "CONV_2D_0": (-9, 9)})
    apply_plan(graph.model, plan)
    verify(graph.model)
    _, kernel, bias = graph.ops[0].inputs
    assert (kernel.dtype, bias.dtype) == ("int8", "int32")
    restored = kernel.data * kernel.quantization.scales.reshape(8, 1, 1, 1)
    assert np.abs(restored - weights).max() <= kernel.quantization.scales.max() / 2 * 1.001
    assert bias.data * bias.quantization.scales == pytest.approx(range(8), abs=1e-4)
    assert graph.inputs[0].dtype == y.dtype == "int8"


def test_the_same_constant_is_written_once(graph):
    weights = graph.constant("weights", np.ones((8, 1, 1, 8), np.float32))
    a = op(graph, "CONV_2D", [graph.inputs[0], weights, None], (1, 4, 4, 8), options={})
    b = op(graph, "CONV_2D", [graph.inputs[0], weights, None], (1, 4, 4, 8), options={})
    ranges = {"x": (0, 1), "CONV_2D_0": (0, 9), "CONV_2D_1": (0, 9)}
    apply_plan(graph.model, planned(finish(graph, a, b), ranges))
    assert graph.ops[0].inputs[1] is graph.ops[1].inputs[1]


def test_a_named_op_has_sixteen_bits_and_the_others_eight(graph):
    a = conv(graph, graph.inputs[0])
    b = conv(graph, a)
    c = conv(graph, b)
    names = ("CONV_2D_0", "CONV_2D_1", "CONV_2D_2")
    ranges = {"x": (0, 1), **dict.fromkeys(names, (-1.0, 1.0))}
    plan = planned(finish(graph, c), ranges, Recipe(ranges="minmax", int16=("CONV_2D_1",)))
    assert [plan.tensors[one].dtype for one in (graph.inputs[0], a, b, c)] == (
        ["int8", "int8", "int16", "int8"]
    )
    up, down = (plan.operands[Use(graph.ops[i], 0)] for i in (1, 2))
    assert up.scales[0] == plan.tensors[a].scales[0] / 128, "each int8 step has its exact place"
    assert (down.dtype, down.scales[0]) == ("int8", plan.tensors[a].scales[0])
    assert plan.operands[Use(graph.ops[1], 2)].dtype == "int64"
    apply_plan(graph.model, plan)
    verify(graph.model)
    assert [one.name for one in graph.ops] == (
        ["CONV_2D", "QUANTIZE", "CONV_2D", "QUANTIZE", "CONV_2D"]
    )


def test_a_sixteen_bit_output_leaves_in_eight(graph):
    shape = graph.constant("shape", np.int32([1, 128]))
    a = conv(graph, graph.inputs[0])
    b = op(graph, "RESHAPE", [a, shape], (1, 128))
    ranges = {"x": (0, 1), "CONV_2D_0": (-1, 1), "RESHAPE_1": (-1, 1)}
    plan = planned(finish(graph, b), ranges, Recipe(ranges="minmax", int16=("CONV_2D_0",)))
    assert plan.tensors[b].dtype == "int16", "what only moves elements keeps their type"
    assert plan.exits[b].dtype == "int8"
    apply_plan(graph.model, plan)
    verify(graph.model)
    (output,) = graph.outputs
    assert (output.name, output.dtype) == ("RESHAPE_1", "int8")


def test_an_op_without_a_sixteen_bit_kernel_keeps_eight(graph):
    y = op(graph, "HARD_SWISH", [graph.inputs[0]], (1, 4, 4, 8))
    plan = planned(finish(graph, y), {"x": (-3, 3), "HARD_SWISH_0": (-1, 3)}, Recipe("int16x8"))
    assert plan.kept_int8 == graph.ops
    assert plan.operands[Use(graph.ops[0], 0)].dtype == "int8"
    assert plan.exits[y].dtype == "int16"


def test_a_named_op_stays_in_float(graph):
    y = conv(graph, conv(graph, graph.inputs[0]))
    ranges = {"x": (0, 1), "CONV_2D_0": (-1, 1), "CONV_2D_1": (-1, 1)}
    plan = planned(finish(graph, y), ranges, Recipe(ranges="minmax", float32=("CONV_2D_1",)))
    assert "asked" in plan.left_float[graph.ops[1]]
    assert plan.ops == {graph.ops[0]}


def test_a_correction_s_integers_are_written(graph):
    y = conv(graph, graph.inputs[0])
    plan = planned(finish(graph, y), {"x": (0, 1), "CONV_2D_0": (-1, 1)})
    plan.values[Use(graph.ops[0], 2)] = np.arange(8, dtype=np.int32)
    apply_plan(graph.model, plan)
    assert graph.ops[0].inputs[2].data.tolist() == list(range(8))
    assert graph.ops[0].inputs[1].dtype == "int8"


def test_a_follower_that_was_not_seen_has_its_source_s_range(graph):
    shape = graph.constant("shape", np.int32([1, 128]))
    moved = op(
        graph, "RESHAPE", [op(graph, "SIN", [graph.inputs[0]], (1, 4, 4, 8)), shape], (1, 128)
    )
    y = op(graph, "ABS", [moved], (1, 128))
    ranges = {"x": (0, 1), "SIN_0": (-1, 1), "ABS_2": (0, 1)}
    plan = planned(finish(graph, y), ranges)
    assert graph.ops[1] in plan.ops
    assert plan.tensors[moved] == plan.operands[Use(graph.ops[1], 0)]


@pytest.mark.parametrize(
    ("value", "high", "dtypes"),
    [
        (0.0, 2.55, ["int8", "int8"]),
        (0.5, 2.55, ["int8", "int8"]),
        (300.0, 2.55, ["int16", "int16"]),
        (7.0, 510.0, ["int16", "int16"]),
        (3.0, 255.0, ["int16", "int16"]),
    ],
)
def test_a_comparison_never_has_int8_steps_of_one_or_more(graph, value, high, dtypes):
    x = graph.inputs[0]
    y = op(graph, "GREATER", [x, graph.constant("c", np.float32(value))], (1, 4, 4, 8), "bool")
    plan = planned(finish(graph, y), {"x": (0, high)})
    wanted = [plan.wanted(Use(graph.ops[0], i)) for i in (0, 1)]
    assert [params.dtype for params in wanted] == dtypes
    assert all(params.scales[0] < 1 for params in wanted)
    greater = [
        params.quantize(np.float32([v])) for params, v in zip(wanted, (high, value), strict=True)
    ]
    if value != 0.5:
        assert wanted[0] == wanted[1], "raw integers are compared"
        assert bool(greater[0] > greater[1]) is (high > value)
    if value <= high and dtypes[0] == "int16":
        assert wanted[0].scales[0] == plan.tensors[x].scales[0] / 128


def test_a_sum_whose_operand_is_far_too_coarse_stays_float(graph):
    mask = graph.constant("mask", np.full(8, -1e9, np.float32))
    y = op(graph, "ADD", [graph.inputs[0], mask], (1, 4, 4, 8))
    plan = planned(finish(graph, y), {"x": (0, 1), "ADD_0": (-1, 1)})
    assert "stops LiteRT's kernel" in plan.left_float[graph.ops[0]]
    near = planned(graph, {"x": (0, 1), "ADD_0": (-1e9, 1)})
    assert graph.ops[0] in near.ops


def test_a_prescribed_output_that_is_computed_in_float_needs_no_statistics(graph):
    y = op(graph, "SOFTMAX", [graph.inputs[0]], (1, 4, 4, 8), options={"beta": 1.0})
    z = conv(graph, y)
    recipe = Recipe(ranges="minmax", float32=("SOFTMAX_0",))
    plan = planned(finish(graph, z), {"x": (-3, 3), "CONV_2D_1": (0, 1)}, recipe)
    assert plan.ops == {graph.ops[1]}
    assert plan.operands[Use(graph.ops[1], 0)].scales == (1 / 256,)


def test_a_rearranged_prescribed_output_needs_no_statistics(graph):
    y = op(graph, "LOGISTIC", [graph.inputs[0]], (1, 4, 4, 8))
    shape = graph.constant("shape", np.int32([1, 128]))
    z = op(graph, "RESHAPE", [y, shape], (1, 128))
    plan = planned(finish(graph, z), {"x": (-3, 3)})
    assert not plan.left_float
    assert plan.tensors[z].scales == (1 / 256,)


@pytest.mark.parametrize("precision", ["int8", "int16x8"])
def test_the_bound_of_an_activation_is_fewer_steps_than_int32_has(graph, precision):
    y = conv(graph, graph.inputs[0], fused_activation_function="RELU6")
    z = conv(graph, y, fused_activation_function="RELU")
    ranges = {"x": (0, 1), "CONV_2D_0": (0, 1e-7), "CONV_2D_1": (0, 1e-7)}
    plan = planned(finish(graph, z), ranges, Recipe(precision, "minmax"))
    assert 6 / scale_of(plan, y) < 2**31
    assert 6 / scale_of(plan, z) > 2**31
    assert plan.tensors[y].zero_points == plan.tensors[z].zero_points
