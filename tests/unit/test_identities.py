"""Ops that only pass their operand on: left out, and only they."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.fakes.graphs import op, run, tensor
from tflitekit.graph import Model, run_passes, write_model
from tflitekit.graph.passes import PASSES, remove_identities

SHAPE = (1, 3, 2)
X = np.arange(6, dtype=np.float32).reshape(SHAPE)


class Graph:
    """x, what is done to it, and an op behind."""

    def __init__(self, dtype="float32", shape=SHAPE):
        self.model = Model()
        self.graph = self.model.add_subgraph()
        self.x = tensor(self.graph, "x", shape, dtype)
        self.graph.inputs = [self.x]

    def op(self, name, *operands, shape=SHAPE, dtype="float32", options=None):
        given = [
            self.graph.constant("c", one) if isinstance(one, np.ndarray) else one
            for one in operands
        ]
        return op(self.graph, name, given, shape, dtype, options=options)

    def left(self, y):
        """The ops before the last one, which is added behind y, when all passes have run."""
        is_truth = y.dtype == "bool"
        last = self.op("LOGICAL_NOT" if is_truth else "ABS", y, shape=y.shape, dtype=y.dtype)
        self.graph.outputs = [last]
        run_passes(self.model, PASSES)
        assert remove_identities(self.model) == 0
        return [one.name for one in self.graph.ops][:-1]


def ints(*values):
    return np.int32(values)


MOVEMENTS = {
    "reshaped": lambda g: g.op("RESHAPE", g.x, ints(1, 3, 2)),
    "twice": lambda g: g.op("RESHAPE", g.op("RESHAPE", g.x, ints(6), shape=(6,)), ints(*SHAPE)),
    "tiled": lambda g: g.op("TILE", g.x, ints(1, 1, 1)),
    "sliced": lambda g: g.op("SLICE", g.x, ints(0, 0, 0), ints(1, -1, 2)),
    "cut": lambda g: g.op(
        "STRIDED_SLICE", g.x, ints(0, 0, 0), ints(1, 3, 2), ints(1, 1, 1), options={}
    ),
    "transposed": lambda g: g.op("TRANSPOSE", g.x, ints(0, 1, 2)),
    "the greater of one": lambda g: g.op("MAXIMUM", g.x, g.x),
}


@pytest.mark.parametrize("name", MOVEMENTS)
def test_what_changes_nothing_is_left_out(name):
    graph = Graph()
    assert graph.left(MOVEMENTS[name](graph)) == []
    assert_array_equal(run(write_model(graph.model), X)[0], X)


OTHERS = {
    "mirrored": lambda g: g.op(
        "STRIDED_SLICE", g.x, ints(0, -1, 0), ints(1, -4, 2), ints(1, -1, 1), options={}
    ),
    "the greater of two": lambda g: g.op("MAXIMUM", g.x, g.op("ABS", g.x)),
    "the sum": lambda g: g.op("ADD", g.x, g.x, options={}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_changes_something_stays(name):
    graph = Graph()
    assert graph.left(OTHERS[name](graph)) != []


def test_a_square_that_is_transposed_stays():
    graph = Graph(shape=(1, 2, 2))
    assert graph.left(graph.op("TRANSPOSE", graph.x, ints(0, 2, 1), shape=(1, 2, 2))) != []


def test_an_axis_of_one_may_move():
    graph = Graph(shape=(1, 1, 6))
    assert graph.left(graph.op("TRANSPOSE", graph.x, ints(1, 0, 2), shape=(1, 1, 6))) == []


def test_an_output_of_the_graph_stays():
    graph = Graph()
    graph.graph.outputs = [graph.op("RESHAPE", graph.x, ints(*SHAPE))]
    run_passes(graph.model, PASSES)
    assert [one.name for one in graph.graph.ops] == ["RESHAPE"]


def joined(graph, other, axis=0):
    shape = (2, 3, 2) if axis == 0 else (1, 6, 2)
    options = {"axis": axis, "fused_activation_function": "NONE"}
    both = graph.op("CONCATENATION", graph.x, other, shape=shape, dtype="bool", options=options)
    y = graph.op("REDUCE_ALL", both, ints(axis), shape=(3, 2), dtype="bool", options={})
    y.shape = (3, 2) if axis == 0 else (1, 2)
    return y


def test_a_mask_that_is_joined_with_itself():
    """As Keras 2 does behind every layer that adds."""
    graph = Graph("bool")
    assert graph.left(joined(graph, graph.x)) == ["RESHAPE"]
    assert_array_equal(run(write_model(graph.model), X > 2)[0], ~(X > 2)[0])


def test_masks_of_which_either_matters_stay():
    graph = Graph("bool")
    other = graph.op("LOGICAL_NOT", graph.x, dtype="bool")
    assert "REDUCE_ALL" in graph.left(joined(graph, other))
    graph = Graph("bool")
    assert "REDUCE_ALL" in graph.left(joined(graph, graph.x, axis=1))
