"""What a model's answers are judged by: one table of metrics. Pure.

A metric compares answers with labels, or with the answers of the float model where there are no
labels. `score` turns it the way that more is better, so that every metric can be a target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import DataError, UsageError
from tflitekit.graph import Model

Answers = Mapping[str, NDArray[Any]]
"""What a model answers, by output name, each [N, ...] real numbers."""

_Measure = Callable[[NDArray[np.float64], NDArray[np.float64]], float]


@dataclass(frozen=True)
class Metric:
    """A way to judge answers.

    Attributes:
        name: as `--metric` takes it.
        measure: of answers [N, ...] and what they should be: labels [N, ...], or the float
            model's answers, of the same shape as the answers.
        against: "labels", "float", or "either": labels where there are any.
        rises: whether more is better.
        meaning: in a few words.
    """

    name: str
    measure: _Measure
    against: str
    rises: bool
    meaning: str

    def score(self, value: float) -> float:
        """The value, or its opposite where less is better."""
        return value if self.rises else -value

    def show(self, value: float) -> str:
        """The value for people."""
        return f"{self.name} {100 * value:.2f} %" if self.rises else f"{self.name} {value:.5g}"


def metric_named(name: str) -> Metric:
    """The entry of `METRICS`.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in METRICS:
        raise UsageError(
            "there is no such metric", where=f"--metric {name}", hint=f"Use {', '.join(METRICS)}"
        )
    return METRICS[name]


def default_metric(model: Model, label: NDArray[Any] | None = None) -> Metric:
    """What to judge a model by where nobody says.

    One integer a sample is a class. Without labels, the classes of a model whose only output is a
    softmax have to agree with the float model's; of anything else, the values.

    Args:
        model: its first output is judged.
        label: of the first sample; None where there are none.
    """
    outputs = list(model.signature().outputs.values())
    if label is not None:
        is_class = label.size == 1 and label.dtype.kind in "iub"
        return METRICS[("binary" if outputs[0].size == 1 else "top1") if is_class else "r2"]
    producers = model.signature().subgraph.producers()
    names = [producers[tensor].name for tensor in outputs if tensor in producers]
    return METRICS["agreement" if names == ["SOFTMAX"] else "r2"]


def measure(metric: Metric, answers: Answers, expected: Answers | NDArray[Any]) -> float:
    """The metric's value.

    Args:
        metric: an entry of `METRICS`.
        answers: of the model that is judged.
        expected: labels [N, ...], compared with the first output; or the float model's answers,
            of whose outputs the worst counts.

    Raises:
        DataError: the labels do not fit the answers.
    """
    if isinstance(expected, Mapping):
        values = [_of(metric, answers[name], expected[name]) for name in expected]
        return min(values) if metric.rises else max(values)
    return _of(metric, next(iter(answers.values())), expected)


def stacked(labels: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    """The labels of samples as one array [N, ...]; None where none has one.

    Raises:
        DataError: some have labels and some have not, or of another shape.
    """
    there = [one for one in labels if one is not None]
    if there and len({one.shape for one in there}) + (len(there) < len(labels)) > 1:
        raise DataError("some samples have labels of another shape, or none")
    return np.stack(there) if there else None


def _of(metric: Metric, answers: NDArray[Any], expected: NDArray[Any]) -> float:
    got, wanted = np.asarray(answers, np.float64), np.asarray(expected, np.float64)
    try:
        return float(metric.measure(got, wanted))
    except (ValueError, IndexError) as error:
        raise DataError(
            f"labels of shape {list(wanted.shape)} cannot be compared with answers of shape "
            f"{list(got.shape)} by {metric.name}",
            hint="Name another --metric",
        ) from error


def _scores(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """[N, classes]."""
    return answers.reshape(len(answers), -1)


def _classes(labels: NDArray[np.float64]) -> NDArray[np.int64]:
    return labels.reshape(len(labels), -1)[:, 0].astype(np.int64)


def _top(k: int) -> _Measure:
    def top(answers: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
        scores, classes = _scores(answers), _classes(labels)
        own = np.take_along_axis(scores, classes[:, None], axis=1)
        # A class that scores as much as the right one counts as better if it comes earlier, as in
        # the runner.
        order = np.arange(scores.shape[1])[None]
        better = (scores > own) | ((scores == own) & (order < classes[:, None]))
        return float((better.sum(axis=1) < k).mean())

    return top


def _binary(answers: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    return float(((_scores(answers)[:, 0] > 0.5) == (_classes(labels) > 0)).mean())


def _agreement(answers: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    if answers.shape[-1] == 1:
        return float(((answers > 0.5) == (other > 0.5)).mean())
    return float((answers.argmax(axis=-1) == other.argmax(axis=-1)).mean())


def _r2(answers: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """Coefficient of determination over all elements; 1 where both are one and the same number."""
    wanted = wanted.reshape(answers.shape)
    spread = np.square(wanted - wanted.mean()).sum()
    missed = np.square(answers - wanted).sum()
    return float(1 - missed / spread) if spread else float(missed == 0)


def _mse(answers: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    return float(np.square(answers - wanted.reshape(answers.shape)).mean())


def _mae(answers: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    return float(np.abs(answers - wanted.reshape(answers.shape)).mean())


def _perplexity(answers: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Of logits [N, ..., tokens] and the numbers [N, ...] of the tokens that came."""
    right = labels.reshape(answers.shape[:-1]).astype(np.int64)
    highest = answers.max(axis=-1, keepdims=True)
    sums = np.log(np.exp(answers - highest).sum(axis=-1)) + highest[..., 0]
    own = np.take_along_axis(answers, right[..., None], axis=-1)[..., 0]
    return float(np.exp((sums - own).mean()))


_ALL = (
    Metric("top1", _top(1), "labels", True, "share of samples whose class comes first"),
    Metric("top5", _top(5), "labels", True, "share of samples whose class is among the first five"),
    Metric("binary", _binary, "labels", True, "share of right answers, a score above 0.5 is a yes"),
    Metric("agreement", _agreement, "float", True, "share of answers of the float model's class"),
    Metric("r2", _r2, "either", True, "explained share of the variance"),
    Metric("mse", _mse, "labels", False, "mean squared error"),
    Metric(
        "perplexity", _perplexity, "labels", False, "of the tokens that came, by the model's logits"
    ),
    Metric("mae", _mae, "labels", False, "mean absolute error"),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
"""Every metric by its name."""
