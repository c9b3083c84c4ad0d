"""Samples in parts that fit into memory and onto a device."""

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.data import Sample
from tflitekit.graph import Model
from tflitekit.runtime.parts import in_parts


@pytest.fixture
def graph():
    """10 values in, 40 values out."""
    subgraph = Model().add_subgraph("main")
    x = tensor(subgraph, "x", (1, 10))
    subgraph.inputs, subgraph.outputs = [x], [op(subgraph, "TILE", [x], (4, 10))]
    return subgraph.model


def samples(count):
    return [Sample(i, {"x": np.zeros((1, 10), np.float32)}, None) for i in range(count)]


@pytest.mark.parametrize(
    ("room", "sizes"), [(10_000, [7]), (600, [3, 3, 1]), (599, [2, 2, 2, 1]), (1, [1] * 7)]
)
def test_a_part_holds_the_samples_and_their_answers(graph, room, sizes):
    parts = list(in_parts(samples(7), graph, room))
    assert [len(part) for part in parts] == sizes
    assert [one.index for part in parts for one in part] == list(range(7))


def test_samples_are_drawn_as_they_are_needed(graph):
    drawn = []
    watched = (drawn.append(one) or one for one in samples(7))
    assert len(next(in_parts(watched, graph, 600))) == 3
    assert len(drawn) == 4
