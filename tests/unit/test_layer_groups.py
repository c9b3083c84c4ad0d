"""Ops by Keras layer, and the names that select exactly them."""

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.graph.model import Model
from tflitekit.quantize.diagnosis.layer_groups import layer_groups, merged
from tflitekit.quantize.recipe import is_named


@pytest.fixture
def graph():
    graph = Model().add_subgraph("main")
    graph.inputs = [tensor(graph, "x", (1, 8))]
    return graph


def add(graph, kind, x, name):
    """A new op on one operand, whose output is called `name`."""
    output = op(graph, kind, [x], (1, 8))
    output.name = name
    return output


def groups_of(graph):
    return layer_groups(graph, set(graph.ops))


def test_ops_of_a_layer_are_together_in_the_order_they_run(graph):
    a = add(graph, "EXP", graph.inputs[0], "net/first/Exp")
    b = add(graph, "ABS", a, "net/second/Abs")
    add(graph, "RSQRT", b, "net/first/Rsqrt")
    first, second = groups_of(graph)
    assert (first.layer, first.names) == ("first", ("first",))
    assert [one.name for one in first.ops] == ["EXP", "RSQRT"]
    assert second.layer == "second"


def test_an_op_without_a_layer_goes_by_its_tensor(graph):
    add(graph, "EXP", graph.inputs[0], "scores")
    assert [(one.layer, one.names) for one in groups_of(graph)] == [("scores", ("scores",))]


def test_what_only_moves_elements_belongs_to_what_it_moves(graph):
    a = add(graph, "EXP", graph.inputs[0], "net/first/Exp")
    b = add(graph, "RESHAPE", a, "net/flatten/Reshape")
    c = add(graph, "TRANSPOSE", b, "net/permute/transpose")
    add(graph, "ABS", c, "net/second/Abs")
    first, second = groups_of(graph)
    assert first.names == ("first", "net/flatten/Reshape", "net/permute/transpose")
    assert [one.name for one in second.ops] == ["ABS"]


def test_what_moves_the_input_belongs_to_its_reader(graph):
    a = add(graph, "RESHAPE", graph.inputs[0], "net/flatten/Reshape")
    b = add(graph, "TRANSPOSE", a, "net/permute/transpose")
    add(graph, "ABS", b, "net/first/Abs")
    (only,) = groups_of(graph)
    assert [one.name for one in only.ops] == ["RESHAPE", "TRANSPOSE", "ABS"]


def test_a_layer_around_others_is_named_by_its_own_tensors(graph):
    a = add(graph, "EXP", graph.inputs[0], "net/block/Exp")
    add(graph, "ABS", a, "net/block/inner/Abs")
    outer, inner = groups_of(graph)
    assert outer.layer == "block"
    for group, other in ((outer, inner), (inner, outer)):
        assert all(is_named(one, group.names) for one in group.ops)
        assert not any(is_named(one, group.names) for one in other.ops)


def test_ops_that_were_not_asked_for_are_in_no_group(graph):
    a = add(graph, "EXP", graph.inputs[0], "net/first/Exp")
    add(graph, "RESHAPE", a, "net/first/Reshape")
    (group,) = layer_groups(graph, {graph.ops[1]})
    assert group.ops == (graph.ops[1],)


def chain(graph, count):
    x = graph.inputs[0]
    for number in range(count):
        x = add(graph, "EXP", x, f"net/layer{number}/Exp")
    return groups_of(graph)


def test_the_lightest_neighbours_are_merged(graph):
    groups = merged(chain(graph, 5), [9, 1, 2, 7, 1], 3)
    assert [one.layer for one in groups] == ["layer0", "layer1 ... layer2", "layer3 ... layer4"]
    assert groups[1].names == ("layer1", "layer2")
    assert [len(one.ops) for one in groups] == [1, 2, 2]


def test_merging_goes_on(graph):
    (group,) = merged(chain(graph, 5), [1] * 5, 1)
    assert group.layer == "layer0 ... layer4"
    assert group.names == tuple(f"layer{i}" for i in range(5))
    assert np.unique([one.name for one in group.ops]).tolist() == ["EXP"]


def test_few_groups_stay(graph):
    groups = chain(graph, 3)
    assert merged(groups, [1, 1, 1], 3) == groups
