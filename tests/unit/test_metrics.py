"""What answers are judged by."""

import numpy as np
import pytest

from tests.fakes.graphs import op, tensor
from tflitekit.bench.metrics import METRICS, default_metric, measure, metric_named
from tflitekit.errors import DataError, UsageError
from tflitekit.graph import Model


def value(name, answers, expected):
    if not isinstance(expected, dict):
        expected = np.asarray(expected)
    return measure(METRICS[name], {"y": np.asarray(answers, np.float32)}, expected)


def test_top_k_counts_the_first_classes():
    answers = [[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]]
    assert value("top1", answers, [1, 1, 2]) == pytest.approx(2 / 3)
    assert value("top5", answers, [[0], [2], [1]]) == 1


def test_of_equal_scores_the_first_class_wins():
    assert value("top1", [[0.5, 0.5]], [0]) == 1
    assert value("top1", [[0.5, 0.5]], [1]) == 0


def test_one_score_is_a_yes_or_a_no():
    assert value("binary", [[0.9], [0.2], [0.6]], [1, 0, 0]) == pytest.approx(2 / 3)


def test_agreement_needs_no_labels():
    assert value("agreement", [[1, 2], [2, 1]], {"y": np.array([[0, 5], [0, 5]])}) == 0.5
    assert value("agreement", [[0.7], [0.2]], {"y": np.array([[0.6], [0.9]])}) == 0.5


def test_the_worst_output_counts():
    expected = {"a": np.zeros((4, 2)), "b": np.arange(8.0).reshape(4, 2)}
    answers = {"a": np.zeros((4, 2)), "b": expected["b"] + 1}
    assert measure(METRICS["r2"], answers, expected) == pytest.approx(1 - 8 / 42)
    assert measure(METRICS["mse"], answers, expected) == 1


def test_perplexity_is_the_number_of_tokens_one_has_to_choose_among():
    assert value("perplexity", np.full((2, 5, 7), 3.0), np.zeros((2, 5))) == pytest.approx(7)
    sure = np.log([[[0.25, 0.5, 0.25], [0.1, 0.1, 0.8]]]) + 4
    assert value("perplexity", sure, [[1, 2]]) == pytest.approx((0.5 * 0.8) ** -0.5)
    assert value("perplexity", sure * 1e3, [[1, 2]]) == pytest.approx(1)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 1, 1)])
def test_labels_of_another_rank_fit(shape):
    wanted = np.arange(4.0)
    assert value("r2", wanted.reshape(4, 1), wanted.reshape(shape)) == 1
    assert value("mae", wanted.reshape(4, 1) + 2, wanted.reshape(shape)) == 2


def test_labels_that_do_not_fit_are_told():
    with pytest.raises(DataError, match="cannot be compared"):
        value("mse", np.zeros((4, 2)), np.zeros((4, 3)))
    with pytest.raises(DataError, match="cannot be compared"):
        value("top1", np.zeros((4, 2)), [7, 7, 7, 7])


VALUES = ("mse", "mae", "r2", "pearson", "spearman")
"""What compares values, and not classes."""


def test_more_is_better_for_every_score():
    good, bad = np.eye(4), np.eye(4)[::-1] * 0.9
    for metric in METRICS.values():
        answers = good[:, :1] if metric.name == "binary" else good
        worse = bad[:, :1] if metric.name == "binary" else bad
        expected = np.eye(4) if metric.name in VALUES else np.arange(4)
        if metric.name == "binary":
            expected = good[:, 0]
        if metric.name == "top5":
            continue  # four classes are always among the first five
        against = {"y": good} if metric.against == "float" else expected
        scores = [metric.score(measure(metric, {"y": one}, against)) for one in (answers, worse)]
        assert scores[0] > scores[1], metric.name


def test_an_unknown_metric_is_refused():
    with pytest.raises(UsageError, match="no such metric"):
        metric_named("f7")


def model_ending_in(name):
    graph = Model().add_subgraph("main")
    x = tensor(graph, "x", (1, 4))
    graph.inputs, graph.outputs = [x], [op(graph, name, [x], (1, 4))]
    return graph.model


def test_a_softmax_is_judged_by_classes_and_others_by_variance():
    assert default_metric(model_ending_in("SOFTMAX")).name == "agreement"
    assert default_metric(model_ending_in("TANH")).name == "r2"


@pytest.mark.parametrize(
    ("label", "size", "name"),
    [(3, 4, "top1"), ([3], 4, "top1"), (1, 1, "binary"), (0.5, 1, "r2"), ([1, 2], 2, "r2")],
)
def test_labels_tell_what_to_measure(label, size, name):
    graph = Model().add_subgraph("main")
    x = tensor(graph, "x", (1, size))
    graph.inputs, graph.outputs = [x], [op(graph, "SOFTMAX", [x], (1, size))]
    assert default_metric(graph.model, np.asarray(label)).name == name
