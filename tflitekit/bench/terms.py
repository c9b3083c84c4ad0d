"""Terms of one sample or element each, whose mean is a metric. Pure.

All take answers [N, ...] and what they should be, and raise ValueError or IndexError where their
shapes do not fit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tflitekit.bench.measures import YES, Values, classes_of

Yes = NDArray[np.bool_]


def _scores(answers: Values) -> Values:
    """[N, classes]."""
    return answers.reshape(len(answers), -1)


def _first_classes(labels: Values) -> NDArray[np.int64]:
    return classes_of(labels.reshape(len(labels), -1)[:, 0])


def among_first(k: int, answers: Values, labels: Values) -> Yes:
    """Whether the class of each sample is among the `k` that score most."""
    scores, classes = _scores(answers), _first_classes(labels)
    own = np.take_along_axis(scores, classes[:, None], axis=1)
    # A class that scores as much as the right one counts as better if it comes earlier, as in
    # the runner.
    order = np.arange(scores.shape[1])[None]
    better = (scores > own) | ((scores == own) & (order < classes[:, None]))
    among: Yes = better.sum(axis=1) < k
    return among


def says_right(answers: Values, labels: Values) -> Yes:
    """Whether the first score of each sample is on the label's side."""
    right: Yes = (_scores(answers)[:, 0] > YES) == (labels.reshape(len(labels), -1)[:, 0] > 0)
    return right


def agrees(answers: Values, other: Values) -> Yes:
    """Whether both decide alike, for each row of scores."""
    same: Yes
    if answers.shape[-1] == 1:
        same = (answers > YES) == (other > YES)
    else:
        same = answers.argmax(axis=-1) == other.argmax(axis=-1)
    return same


def squares(answers: Values, wanted: Values) -> Values:
    """Squared differences of all elements."""
    return np.square(answers - wanted.reshape(answers.shape))


def distances(answers: Values, wanted: Values) -> Values:
    """Absolute differences of all elements."""
    return np.abs(answers - wanted.reshape(answers.shape))


def losses(answers: Values, labels: Values) -> Values:
    """Cross-entropy of logits [N, ..., tokens] and the tokens [N, ...] that came, in nats."""
    right = labels.reshape(answers.shape[:-1]).astype(np.int64)
    highest = answers.max(axis=-1, keepdims=True)
    sums = np.log(np.exp(answers - highest).sum(axis=-1)) + highest[..., 0]
    own: Values = np.take_along_axis(answers, right[..., None], axis=-1)[..., 0]
    losses: Values = sums - own
    return losses
