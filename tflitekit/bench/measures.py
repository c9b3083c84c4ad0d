"""How far answers are from what they should be, added up part by part. Pure.

Answers of many samples may not fit into memory at once, so a measure takes them in parts. What can
be a sum keeps only the sum; what depends on the order of all scores keeps the scores.

Every `add` takes answers [N, ...] and what they should be, in float64, and raises ValueError or
IndexError where their shapes do not fit. A measure may be undefined for what it was given: `value`
then raises DataError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import DataError

Values = NDArray[np.float64]

YES = 0.5
"""A score above this is a yes, where a model gives one score."""


class Measure(Protocol):
    """Takes parts, and gives one number of all of them."""

    def add(self, answers: Values, wanted: Values) -> None: ...

    def value(self) -> float: ...


class Mean:
    """The mean of some terms.

    Args:
        terms: of answers and what they should be, an array of any shape.
        finish: what is made of the mean.
    """

    def __init__(
        self,
        terms: Callable[[Values, Values], NDArray[Any]],
        finish: Callable[[float], float] = float,
    ) -> None:
        self._terms, self._finish = terms, finish
        self._sum, self._count = 0.0, 0

    def add(self, answers: Values, wanted: Values) -> None:
        terms = self._terms(answers, wanted)
        self._sum += float(terms.sum(dtype=np.float64))
        self._count += terms.size

    def value(self) -> float:
        return self._finish(self._sum / self._count)


class Moments:
    """Means and centred second moments of two series, merged part by part.

    Chan, Golub and LeVeque, Algorithms for Computing the Sample Variance (1983), equation 2.1.
    """

    def __init__(self) -> None:
        self._count = 0
        self._means = np.zeros(2)
        self.products = np.zeros((2, 2))

    def add(self, first: Values, second: Values) -> None:
        both = np.stack([first.ravel(), second.ravel()])
        count, means = both.shape[1], both.mean(axis=1)
        centred = both - means[:, None]
        apart = means - self._means
        total = self._count + count
        self.products += centred @ centred.T + np.outer(apart, apart) * (
            self._count * count / total
        )
        self._means += apart * (count / total)
        self._count = total


class R2:
    """Coefficient of determination over all elements; 1 where both are one and the same number."""

    def __init__(self) -> None:
        self._moments = Moments()
        self._missed = 0.0

    def add(self, answers: Values, wanted: Values) -> None:
        wanted = wanted.reshape(answers.shape)
        self._moments.add(answers, wanted)
        self._missed += float(np.square(answers - wanted).sum())

    def value(self) -> float:
        spread = self._moments.products[1, 1]
        return float(1 - self._missed / spread) if spread else float(self._missed == 0)


class Pearson:
    """The correlation of all elements; 0 where the answers are one number, which tells nothing."""

    def __init__(self) -> None:
        self._moments = Moments()

    def add(self, answers: Values, wanted: Values) -> None:
        self._moments.add(answers, wanted.reshape(answers.shape))

    def value(self) -> float:
        (own, both), (_, other) = self._moments.products
        if other == 0:
            raise _undefined("a correlation", "labels that differ")
        return float(both / np.sqrt(own * other)) if own else 0.0


class Spearman:
    """The correlation of the ranks of all elements; equal ones share a rank."""

    def __init__(self) -> None:
        self._parts: list[tuple[Values, Values]] = []

    def add(self, answers: Values, wanted: Values) -> None:
        self._parts.append((answers.ravel(), wanted.reshape(answers.shape).ravel()))

    def value(self) -> float:
        from scipy.stats import rankdata

        ranks = Pearson()
        ranks.add(*(rankdata(np.concatenate(parts)) for parts in zip(*self._parts, strict=True)))
        return ranks.value()


class F1:
    """Of the yes where there is one score, else the mean over the classes that are there.

    F1 is 2 TP / (2 TP + FP + FN), from counts of true and false positives and false negatives.
    """

    def __init__(self) -> None:
        self._counts: Values = np.zeros((3, 1))

    def add(self, answers: Values, wanted: Values) -> None:
        scores, truth = decisions(answers, wanted)
        if len(wanted) and _is_choice(answers, wanted):
            said = np.zeros(scores.shape, bool)
            said[np.arange(len(scores)), scores.argmax(axis=1)] = True
        else:
            said = scores > YES
        counts = [(said & truth), (said & ~truth), (~said & truth)]
        self._counts = self._counts + np.stack([one.sum(axis=0) for one in counts])

    def value(self) -> float:
        right, *wrong = self._counts
        whole = 2 * right + sum(wrong)
        there = whole > 0
        if not there.any():
            raise _undefined("F1", "labels with a yes")
        return float((2 * right[there] / whole[there]).mean())


class Auc:
    """The area under the ROC curve; of several scores, the mean of each against the rest.

    It is the chance that a right sample scores more than a wrong one, half of it where they score
    the same: Hanley and McNeil, Radiology 143 (1982). Classes that the labels have not, or that all
    of them are, have no curve and are left out.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[Values, NDArray[np.bool_]]] = []

    def add(self, answers: Values, wanted: Values) -> None:
        self._parts.append(decisions(answers, wanted))

    def value(self) -> float:
        from scipy.stats import rankdata

        scores, truth = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        yes, no = truth.sum(axis=0), (~truth).sum(axis=0)
        there = (yes > 0) & (no > 0)
        if not there.any():
            raise _undefined("AUC", "labels of more than one class")
        ranks = np.where(truth, rankdata(scores, axis=0), 0).sum(axis=0)
        above = ranks - yes * (yes + 1) / 2
        return float((above[there] / (yes * no)[there]).mean())


def decisions(answers: Values, labels: Values) -> tuple[Values, NDArray[np.bool_]]:
    """Scores and whether each is right, both [rows, columns].

    One label for several scores is their class. As many labels as scores are a yes, above 0, or a
    no each: of one column where there is one score a sample, else of a column each.

    Raises:
        ValueError, IndexError: the labels do not fit.
    """
    if not _is_choice(answers, labels):
        scores = answers.reshape(len(answers), -1)
        return scores, labels.reshape(scores.shape) > 0
    scores = answers.reshape(-1, answers.shape[-1])
    truth = np.zeros(scores.shape, bool)
    truth[np.arange(len(scores)), classes_of(labels)] = True
    return scores, truth


def classes_of(labels: Values) -> NDArray[np.int64]:
    """Labels as classes, one after the other.

    Raises:
        IndexError: one is below 0.
    """
    classes = labels.ravel().astype(np.int64)
    if (classes < 0).any():
        raise IndexError("a class is below 0")
    return classes


def _is_choice(answers: Values, labels: Values) -> bool:
    return labels.size < answers.size and labels.size * answers.shape[-1] == answers.size


def _undefined(what: str, needed: str) -> DataError:
    return DataError(f"{what} needs {needed}", hint="Take more samples, or name another --metric")
