"""Which tensors a model's accuracy is read off."""

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.graph.model import Model
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.diagnosis.expose_all import computed, spread
from tflitekit.quantize.diagnosis.sensitivity import observed


@pytest.fixture
def graph():
    graph = Model().add_subgraph("main")
    graph.inputs = [tensor(graph, "x", (1, 8))]
    return graph


def names(graph):
    return [name for name, _ in observed(graph.model)]


def test_float_outputs_are_compared(graph):
    graph.outputs = [
        op(graph, "EXP", [graph.inputs[0]], (1, 8)),
        op(graph, "ABS", graph.inputs, (1, 8)),
    ]
    assert names(graph) == ["EXP_0", "ABS_1"]


@pytest.mark.parametrize("kind", ["SOFTMAX", "LOGISTIC"])
def test_what_a_softmax_or_the_like_reads_is_compared_too(graph, kind):
    logits = op(graph, "EXP", [graph.inputs[0]], (1, 8))
    scores = op(graph, kind, [logits], (1, 8))
    graph.outputs = [op(graph, "RESHAPE", [scores], (8,))]
    assert names(graph) == ["RESHAPE_2", "EXP_0"]


def test_of_a_class_index_only_what_it_was_found_in_is_compared(graph):
    scores = op(graph, "EXP", [graph.inputs[0]], (1, 8))
    graph.outputs = [op(graph, "ARG_MAX", [scores], (1,), "int32")]
    assert names(graph) == ["EXP_0"]


def test_a_softmax_inside_hides_nothing(graph):
    weights = op(graph, "SOFTMAX", [op(graph, "EXP", graph.inputs, (1, 8))], (1, 8))
    graph.outputs = [op(graph, "ABS", [weights], (1, 8))]
    assert names(graph) == ["ABS_2"]


def test_an_input_that_is_an_output_is_not_compared(graph):
    graph.outputs = [graph.inputs[0]]
    assert names(graph) == []


def test_tensors_of_one_name_are_told_apart(graph):
    for name in ("same", "same", "other"):
        op(graph, "EXP", graph.inputs, (1, 8)).name = name
    assert list(computed(graph.model)) == [("same", 0), ("same", 1), ("other", 0)]
    graph.outputs = [graph.ops[1].outputs[0]]
    assert observed(graph.model) == [("same", 1)]


@pytest.mark.parametrize(
    ("stored", "count", "indices"), [(10, 4, [0, 2, 5, 7]), (3, 8, [0, 1, 2]), (5, 5, range(5))]
)
def test_samples_are_spread_over_the_store(tmp_path, graph, stored, count, indices):
    specs = [graph.inputs[0].spec()]
    rows = ({"x": np.full((1, 8), i, np.float32)} for i in range(stored))
    samples = spread(SampleStore.write(tmp_path, specs, rows), count)
    assert [one.index for one in samples] == list(indices)
    assert [one.inputs["x"][0, 0] for one in samples] == list(indices)
