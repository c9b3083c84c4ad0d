"""Metrics against hand-computed values and against scikit-learn and SciPy, whole and in parts."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as reference

from tflitekit.bench.metrics import METRICS, measure
from tflitekit.errors import DataError

RNG = np.random.default_rng(0)
N, CLASSES = 200, 5


def value(name, answers, expected):
    return measure(METRICS[name], {"y": np.asarray(answers)}, np.asarray(expected))


def test_f1_by_hand():
    # one true positive, one false positive, one false negative
    assert value("f1", [[0.9], [0.8], [0.1], [0.2]], [1, 0, 1, 0]) == 0.5
    # classes 0: 1 of 1 found, 1 said wrongly; 1: 1 of 2 found; 2: none there, none said
    scores = [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.6, 0.4, 0]]
    assert value("f1", scores, [0, 1, 1]) == pytest.approx(2 / 3)


def test_auc_by_hand():
    assert value("auc", [[1], [2], [3], [4]], [0, 0, 1, 1]) == 1
    assert value("auc", [[1], [2], [3], [4]], [0, 1, 0, 1]) == 0.75
    assert value("auc", [[1], [1]], [0, 1]) == 0.5


def test_correlations_by_hand():
    assert value("pearson", [[1], [2], [3]], [2, 4, 6]) == pytest.approx(1)
    assert value("pearson", [[1], [0], [1], [0]], [1, 1, 0, 0]) == pytest.approx(0)
    assert value("spearman", [[1], [10], [100]], [3, 2, 1]) == pytest.approx(-1)


def tied(*shape):
    """Numbers of which many are equal, as those of int8 outputs are."""
    return np.round(RNG.random(shape) * 20) / 20


def test_f1_is_that_of_scikit_learn():
    scores, yes = tied(N, 1), RNG.integers(0, 2, N)
    assert value("f1", scores, yes) == pytest.approx(reference.f1_score(yes, scores[:, 0] > 0.5))
    many, classes = RNG.random((N, CLASSES)), RNG.integers(0, CLASSES - 1, N)
    wanted = reference.f1_score(classes, many.argmax(axis=1), average="macro")
    assert value("f1", many, classes) == pytest.approx(wanted)


def test_f1_of_labels_for_every_score_is_the_mean_over_the_columns():
    scores, yes = tied(N, CLASSES), RNG.integers(0, 2, (N, CLASSES))
    wanted = reference.f1_score(yes, scores > 0.5, average="macro")
    assert value("f1", scores, yes) == pytest.approx(wanted)


def test_f1_of_tokens_counts_each_of_them():
    scores, classes = RNG.random((N, 1, 7, CLASSES)), RNG.integers(0, CLASSES, (N, 7))
    wanted = reference.f1_score(classes.ravel(), scores.argmax(axis=-1).ravel(), average="macro")
    assert value("f1", scores, classes) == pytest.approx(wanted)


def test_auc_is_that_of_scikit_learn():
    scores, yes = tied(N, 1), RNG.integers(0, 2, N)
    assert value("auc", scores, yes) == pytest.approx(reference.roc_auc_score(yes, scores))
    many = tied(N, CLASSES)
    many[:, -1] = 1
    many /= many.sum(axis=1, keepdims=True)
    classes = RNG.integers(0, CLASSES, N)
    wanted = reference.roc_auc_score(classes, many, multi_class="ovr")
    assert value("auc", many, classes) == pytest.approx(wanted)
    columns = RNG.integers(0, 2, (N, CLASSES))
    assert value("auc", many, columns) == pytest.approx(reference.roc_auc_score(columns, many))


def test_correlations_are_those_of_scipy():
    answers, labels = tied(N, 1), tied(N)
    labels += answers[:, 0]
    for name, theirs in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
        assert value(name, answers, labels) == pytest.approx(theirs(answers[:, 0], labels)[0])


@pytest.mark.parametrize("name", METRICS)
def test_parts_give_what_the_whole_gives(name):
    metric = METRICS[name]
    answers = RNG.random((N, 1 if name == "binary" else 8)) + 3
    values = {"r2", "pearson", "spearman", "mse", "mae", "agreement"}
    expected = answers + RNG.random(answers.shape) if name in values else RNG.integers(0, 2, N)
    tally = metric.tally()
    for part in (slice(0, 1), slice(1, 70), slice(70, N)):
        tally.add({"y": answers[part]}, {"y": expected[part]})
    assert tally.value() == pytest.approx(measure(metric, {"y": answers}, {"y": expected}))


def test_answers_of_one_number_correlate_with_nothing():
    assert value("pearson", np.full((4, 1), 0.5), np.arange(4)) == 0
    assert value("spearman", np.full((4, 1), 0.5), np.arange(4)) == 0


@pytest.mark.parametrize(
    ("name", "labels"), [("f1", [0, 0]), ("auc", [1, 1]), ("pearson", [2, 2]), ("spearman", [2, 2])]
)
def test_what_is_undefined_is_told(name, labels):
    with pytest.raises(DataError, match="needs labels"):
        value(name, [[0.1], [0.2]], labels)


@pytest.mark.parametrize("name", ["f1", "auc"])
@pytest.mark.parametrize("labels", [[0, 3], [0, -1], [[0, 1], [1, 0]], [[0, 1, 1], [1, 0, 2]][:1]])
def test_labels_that_fit_no_score_are_told(name, labels):
    with pytest.raises(DataError, match="cannot be compared"):
        value(name, np.zeros((2, 3)), labels)
