"""How good a model's answers are, measured where the model runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tflitekit.bench.metrics import Metric, metric_named, stacked
from tflitekit.bench.scorer import choose_metric
from tflitekit.data import Dataset, Sample, choose, open_dataset
from tflitekit.data.sequences import sample_inputs
from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.graph.state import state_of
from tflitekit.progress import Progress
from tflitekit.runtime import tensors
from tflitekit.runtime.inference import infer, run_samples
from tflitekit.runtime.parts import in_parts
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, scratch

NATIVE_METRICS = ("top1", "top5")
"""The metrics that the runner computes; the others are computed here from what it answers."""


@dataclass(frozen=True)
class Accuracy:
    """A measured accuracy.

    Attributes:
        metric: the name of the measure.
        value: the measure; a share of 1 for "top1" and "top5".
        n: samples.
        rises: whether more is better.
    """

    metric: str
    value: float
    n: int
    rises: bool = True


@dataclass(frozen=True)
class Evaluation:
    """What accuracy is measured on, opened and checked before anything runs.

    Attributes:
        dataset: samples that fit the model.
        indices: which of them, as `choose` gives them.
        metric: one that compares with labels; None where there are none, so that answers can only
            be compared with other answers.
    """

    dataset: Dataset
    indices: Sequence[int] | None
    metric: Metric | None

    def samples(self) -> Iterator[Sample]:
        """The samples, one in memory at a time; they can be drawn again."""
        return self.dataset.stream(self.indices)


def plan_evaluation(
    graph: Model,
    data: str,
    *,
    samples: int | None,
    seed: int,
    progress: Progress,
    metric: str | None = None,
    labels_needed: bool = True,
) -> Evaluation:
    """Open the evaluation part of a data set for a model.

    Args:
        data: a SPEC.
        samples: how many; None for all.
        seed: of their choice.
        metric: a name of `METRICS`, or `module:function`; None leaves it to the data.
        labels_needed: whether there is nothing to do without labels.

    Raises:
        DataError: the data do not fit the model, or have no labels that are needed, or the metric
            is not one of labels.
        UsageError: there is no such metric.
    """
    if metric is not None:
        metric_named(metric)  # a mistake is told before the data are read
    specs = sample_inputs(graph)
    dataset = open_dataset(data, specs, split="evaluate", seed=seed, progress=progress)
    judge = None
    if dataset.source.first_label() is not None:
        judge = _of_labels(choose_metric(metric, dataset, graph), dataset)
    elif metric is not None or labels_needed:
        raise _no_labels(dataset)
    return Evaluation(dataset, choose(dataset, samples, seed), judge)


def measure_accuracy(
    session: Session, path: Path, graph: Model, evaluation: Evaluation, *, threads: int
) -> Accuracy:
    """Run the samples through the model on the device, sequences through its state.

    Args:
        path: the flatbuffer that `graph` was read from.
        evaluation: what `plan_evaluation` made for `graph`, with a metric.
        threads: of the CPU kernels.

    Raises:
        DataError: a sample or a label does not fit.
        DeviceError, RunError: as `Session.run`.
    """
    metric = evaluation.metric
    if metric is None:
        raise _no_labels(evaluation.dataset)
    parts = in_parts(evaluation.samples(), graph)
    if metric.name in NATIVE_METRICS and not state_of(graph):
        return _counted(session, path, graph, metric.name, parts, threads)
    tally, n = metric.tally(), 0
    for part in parts:
        labels = stacked([sample.label for sample in part])
        if labels is None:
            raise _no_labels(evaluation.dataset)
        tally.add(infer(session, path, graph, part, threads=threads), labels)
        n += len(part)
    return Accuracy(metric.name, tally.value(), n, metric.rises)


def _counted(
    session: Session,
    path: Path,
    graph: Model,
    metric: str,
    parts: Iterable[Sequence[Sample]],
    threads: int,
) -> Accuracy:
    """Counted by the runner, so that no answer has to leave the device."""
    specs = graph.signature().input_specs()
    spec = RunSpec(mode="eval", threads=threads, metric=metric, signature=graph.default_key or "")
    correct = n = 0
    for part in parts:
        with scratch() as folder:
            written = tensors.write_samples(folder, specs, part, labels=True)
            record = run_samples(session, replace(spec, count=written.count), path, written.files)
        tensors.check_ports(specs, record.inputs)
        correct, n = correct + record.metric["correct"], n + record.metric["n"]
    if n == 0:
        raise DataError("the data set is empty")
    return Accuracy(metric, correct / n, n)


def _of_labels(metric: Metric, dataset: Dataset) -> Metric:
    if metric.against == "float":
        raise DataError(
            f"accuracy cannot be measured by {metric.name}, which compares with the float model",
            where=dataset.name,
            hint="Name another --metric; `bench FLOAT INT8 --data SPEC` tells how far they agree",
        )
    return metric


def _no_labels(dataset: Dataset) -> DataError:
    return DataError(
        "accuracy needs labels",
        where=dataset.name,
        hint="Add them, in an .npz as the array `y`",
    )
