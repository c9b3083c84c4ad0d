"""What a model's answers are judged by: one table of metrics.

A metric compares answers with labels, or with the answers of the float model where there are no
labels. `score` turns it the way that more is better, so that every metric can be a target. A metric
that is not in the table is the user's own function; see `user_metric.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tflitekit.bench import terms
from tflitekit.bench.measures import (
    F1,
    R2,
    Auc,
    Mean,
    Measure,
    Pearson,
    Spearman,
)
from tflitekit.data.sources.user_module import is_module_spec
from tflitekit.errors import DataError, UsageError
from tflitekit.graph import Model

Answers = Mapping[str, NDArray[Any]]
"""What a model answers, by output name, each [N, ...] real numbers."""


class Tally(Protocol):
    """A metric of answers that come in parts."""

    def add(self, answers: Answers, expected: Answers | NDArray[Any]) -> None:
        """Take the next part; see `measure`."""

    def value(self) -> float:
        """The metric's value for all parts."""


@dataclass(frozen=True)
class Metric:
    """A way to judge answers.

    Attributes:
        name: as `--metric` takes it.
        meaning: in a few words.
        tally: makes what takes answers, part by part.
        against: what answers are compared with: "labels", "float", or "either": labels where
            there are any.
        rises: whether more is better.
        is_share: whether it is a share of 1, which people read in percent.
    """

    name: str
    meaning: str
    tally: Callable[[], Tally]
    against: str = "labels"
    rises: bool = True
    is_share: bool = True

    def measure(self, answers: NDArray[Any], wanted: NDArray[Any]) -> float:
        """The value for one output [N, ...], and what it should be.

        Raises:
            DataError: they do not fit, or the metric is undefined for them.
        """
        return measure(self, {"": answers}, wanted)

    def score(self, value: float) -> float:
        """The value, or its opposite where less is better."""
        return value if self.rises else -value

    def show(self, value: float) -> str:
        """The value for people."""
        percent = self.is_share and self.rises
        return f"{self.name} {100 * value:.2f} %" if percent else f"{self.name} {value:.5g}"


def metric_named(name: str) -> Metric:
    """The entry of `METRICS`, or the user's function that `module:function` names.

    Raises:
        UsageError: there is none of this name.
        DataError: the user's module cannot be imported, or has no such function.
    """
    if name in METRICS:
        return METRICS[name]
    if is_module_spec(name):
        from tflitekit.bench.user_metric import load_metric

        return load_metric(name)
    raise UsageError(
        "there is no such metric",
        where=f"--metric {name}",
        hint=f"Use {', '.join(METRICS)}, or module:function",
    )


def shown(name: str, value: float) -> str:
    """A value for people, of a metric in the table or of the user's own."""
    return METRICS[name].show(value) if name in METRICS else f"{name} {value:.5g}"


def shown_score(name: str, score: float) -> str:
    """A score for people: its value, where the metric is in the table."""
    return shown(name, METRICS[name].score(score) if name in METRICS else score)


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
    tally = metric.tally()
    tally.add(answers, expected)
    return tally.value()


def stacked(labels: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    """The labels of samples as one array [N, ...]; None where none has one.

    Raises:
        DataError: some have labels and some have not, or of another shape.
    """
    there = [one for one in labels if one is not None]
    if there and len({one.shape for one in there}) + (len(there) < len(labels)) > 1:
        raise DataError("some samples have labels of another shape, or none")
    return np.stack(there) if there else None


class _EachOutput:
    """A tally with a measure for each output; the worst counts."""

    def __init__(self, name: str, new: Callable[[], Measure], rises: bool) -> None:
        self._name, self._new, self._rises = name, new, rises
        self._measures: dict[str, Measure] = {}

    def add(self, answers: Answers, expected: Answers | NDArray[Any]) -> None:
        if not isinstance(expected, Mapping):
            expected = {next(iter(answers)): expected}
        for output, wanted in expected.items():
            one = self._measures.setdefault(output, self._new())
            _add(one, self._name, answers[output], wanted)

    def value(self) -> float:
        values = [one.value() for one in self._measures.values()]
        return min(values) if self._rises else max(values)


def _add(measure: Measure, name: str, answers: NDArray[Any], expected: NDArray[Any]) -> None:
    got, wanted = np.asarray(answers, np.float64), np.asarray(expected, np.float64)
    try:
        measure.add(got, wanted)
    except (ValueError, IndexError) as error:
        raise DataError(
            f"labels of shape {list(wanted.shape)} cannot be compared with answers of shape "
            f"{list(got.shape)} by {name}",
            hint="Name another --metric",
        ) from error


def _metric(
    name: str,
    new: Callable[[], Measure],
    meaning: str,
    against: str = "labels",
    *,
    rises: bool = True,
    is_share: bool = True,
) -> Metric:
    return Metric(name, meaning, partial(_EachOutput, name, new, rises), against, rises, is_share)


_ALL = (
    _metric(
        "top1",
        lambda: Mean(partial(terms.among_first, 1)),
        "share of samples whose class comes first",
    ),
    _metric(
        "top5",
        lambda: Mean(partial(terms.among_first, 5)),
        "share of samples whose class is among the first five",
    ),
    _metric(
        "binary",
        lambda: Mean(terms.says_right),
        "share of right answers, a score above 0.5 is a yes",
    ),
    _metric("f1", F1, "F1 of the yes where there is one score, else its mean over the classes"),
    _metric(
        "auc", Auc, "area under the ROC curve, its mean where there are classes", is_share=False
    ),
    _metric(
        "agreement",
        lambda: Mean(terms.agrees),
        "share of answers of the float model's class",
        "float",
    ),
    _metric("r2", R2, "explained share of the variance", "either"),
    _metric("pearson", Pearson, "correlation", "either", is_share=False),
    _metric("spearman", Spearman, "correlation of the ranks", "either", is_share=False),
    _metric("mse", lambda: Mean(terms.squares), "mean squared error", rises=False),
    _metric("mae", lambda: Mean(terms.distances), "mean absolute error", rises=False),
    _metric(
        "perplexity",
        lambda: Mean(terms.losses, math.exp),
        "of the tokens that came, by the model's logits",
        rises=False,
    ),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
"""Every metric by its name."""
