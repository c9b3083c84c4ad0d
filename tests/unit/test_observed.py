"""Which activations calibration looks at."""

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tests.fakes.one_op_models import CASES
from tflitekit.graph.model import Model, Op
from tflitekit.quantize.calibration.observed import observed_tensors
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.planning.op_rules import OP_RULES
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.recipe import INTEGER_PRECISIONS, Recipe


@pytest.fixture
def graph():
    graph = Model().add_subgraph("main")
    graph.inputs = [tensor(graph, "x", (1, 8))]
    return graph


def dense(graph, x):
    weights = graph.constant("w", np.ones((8, 8), np.float32))
    return op(graph, "FULLY_CONNECTED", [x, weights, None], (1, 8), options={})


def names(graph, *outputs):
    graph.outputs = list(outputs)
    return [one.name for one in observed_tensors(graph.model)]


def test_what_has_a_scale_of_its_own(graph):
    y = op(graph, "ADD", [dense(graph, graph.inputs[0])] * 2, (1, 8), options={})
    assert names(graph, y) == ["FULLY_CONNECTED_0", "ADD_1"]


def test_what_follows_its_operand_needs_nothing(graph):
    moved = op(graph, "RESHAPE", [dense(graph, graph.inputs[0])], (8,), options={})
    y = op(graph, "ADD", [moved, moved], (8,), options={})
    assert names(graph, y) == ["FULLY_CONNECTED_0", "ADD_2"]


def test_the_input_of_a_product_is_needed_by_channel(graph):
    moved = op(graph, "RESHAPE", [graph.inputs[0]], (1, 8), options={})
    assert names(graph, dense(graph, moved)) == ["RESHAPE_0", "FULLY_CONNECTED_1"]


def test_a_prescribed_scale(graph):
    share = op(graph, "SOFTMAX", [dense(graph, graph.inputs[0])], (1, 8), options={})
    y = op(graph, "MUL", [share, share], (1, 8), options={})
    assert names(graph, y) == ["FULLY_CONNECTED_0", "MUL_2"]


def test_what_only_float_ops_read(graph):
    raw = op(graph, "SIN", [graph.inputs[0]], (1, 8))
    deep = op(graph, "COS", [raw], (1, 8))
    y = op(graph, "ADD", [deep, deep], (1, 8), options={})
    assert names(graph, y) == ["COS_1", "ADD_2"]


def test_what_nobody_reads(graph):
    op(graph, "ABS", [graph.inputs[0]], (1, 8))
    assert names(graph, op(graph, "ABS", [graph.inputs[0]], (1, 8))) == ["ABS_1"]


def test_what_an_op_gives_beside_what_is_needed(graph):
    x = graph.inputs[0]
    y, unread = (tensor(graph, name, (1, 8)) for name in ("y", "unread"))
    graph.ops.append(Op("tflitekit.simple_rnn", [x, x], [y, unread], custom=True))
    assert names(graph, y) == ["y", "unread"]


def test_what_follows_a_constant_is_looked_at(graph):
    table = graph.constant("table", np.ones((4, 8), np.float32))
    ids = graph.constant("ids", np.zeros(1, np.int32))
    y = op(graph, "EMBEDDING_LOOKUP", [ids, table], (1, 8))
    assert names(graph, y) == ["EMBEDDING_LOOKUP_0"]


def test_integers_are_never_looked_at(graph):
    assert names(graph, op(graph, "ARG_MAX", [graph.inputs[0]], (1,), "int64")) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_free_output_is_looked_at(case):
    rule = OP_RULES.get(case.op)
    free = rule is not None and not rule.reason and rule.fixed is None and rule.sharing == "none"
    model = case.build()
    expected = {one for one in model.main.outputs if free and one.dtype == "float32"}
    assert expected <= set(observed_tensors(model))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_plan_needs_no_others(case):
    model, rng = case.build(), np.random.default_rng(0)
    computed = [one for op in model.main.ops for one in op.outputs]
    every = {
        one: observe(rng.normal(size=(9, 4)).astype(np.float32))
        for one in (*model.main.inputs, *computed)
        if one.dtype == "float32"
    }
    looked_at = {*model.main.inputs, *observed_tensors(model)}
    few = {one: stats for one, stats in every.items() if one in looked_at}
    for recipe in map(Recipe, INTEGER_PRECISIONS):
        assert make_plan(model, few, recipe) == make_plan(model, every, recipe)
