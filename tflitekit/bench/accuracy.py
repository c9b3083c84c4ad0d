"""How good a model's answers are, measured where the model runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tflitekit.bench.metrics import METRICS, measure, stacked
from tflitekit.data import Dataset, Sample, choose, open_dataset
from tflitekit.data.sequences import sample_inputs
from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.graph.state import state_of
from tflitekit.progress import Progress
from tflitekit.runtime import tensors
from tflitekit.runtime.inference import infer, run_samples
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
    """

    metric: str
    value: float
    n: int


@dataclass(frozen=True)
class Evaluation:
    """What accuracy is measured on, opened and checked before anything runs.

    Attributes:
        dataset: labelled samples that fit the model.
        indices: which of them, as `choose` gives them.
        metric: a name of `METRICS`, one that compares with labels.
    """

    dataset: Dataset
    indices: Sequence[int] | None
    metric: str


def plan_evaluation(
    graph: Model, data: str, *, samples: int | None, seed: int, progress: Progress
) -> Evaluation:
    """Open the evaluation part of a data set for a model.

    Args:
        data: a SPEC.
        samples: how many; None for all.
        seed: of their choice.

    Raises:
        DataError: the data do not fit the model, or have no labels or no known metric.
    """
    specs = sample_inputs(graph)
    dataset = open_dataset(data, specs, split="evaluate", seed=seed, progress=progress)
    return Evaluation(dataset, choose(dataset, samples, seed), _metric_of(dataset))


def measure_accuracy(
    session: Session, path: Path, graph: Model, evaluation: Evaluation, *, threads: int
) -> Accuracy:
    """Run the samples through the model on the device, sequences through its state.

    Args:
        path: the flatbuffer that `graph` was read from.
        evaluation: what `plan_evaluation` made for `graph`.
        threads: of the CPU kernels.

    Raises:
        DataError: a sample or a label does not fit.
        DeviceError, RunError: as `Session.run`.
    """
    if evaluation.metric not in NATIVE_METRICS or state_of(graph):
        return _of_answers(session, path, graph, evaluation, threads)
    specs = graph.signature().input_specs()
    samples = evaluation.dataset.stream(evaluation.indices)
    with scratch() as folder:
        written = tensors.write_samples(folder, specs, samples, labels=True)
        spec = RunSpec(
            mode="eval",
            threads=threads,
            count=written.count,
            metric=evaluation.metric,
            signature=graph.default_key or "",
        )
        record = run_samples(session, spec, path, written.files)
    tensors.check_ports(specs, record.inputs)
    return Accuracy(evaluation.metric, record.metric["value"], record.metric["n"])


def _of_answers(
    session: Session, path: Path, graph: Model, evaluation: Evaluation, threads: int
) -> Accuracy:
    """Measured here, by what the device answers."""
    labels: list[NDArray[Any] | None] = []

    def watched() -> Iterator[Sample]:
        for sample in evaluation.dataset.stream(evaluation.indices):
            labels.append(sample.label)
            yield sample

    answers = infer(session, path, graph, watched(), threads=threads)
    expected = stacked(labels)
    if expected is None:
        raise _no_labels(evaluation.dataset)
    value = measure(METRICS[evaluation.metric], answers, expected)
    return Accuracy(evaluation.metric, value, len(expected))


def _metric_of(dataset: Dataset) -> str:
    metric = dataset.metric
    if metric is None:
        raise _no_labels(dataset)
    known = [one.name for one in METRICS.values() if one.against != "float"]
    if metric not in known:
        raise DataError(
            f"accuracy cannot be measured by {metric}",
            where=dataset.name,
            hint=f"Known metrics are {', '.join(known)}",
        )
    return metric


def _no_labels(dataset: Dataset) -> DataError:
    return DataError(
        "accuracy needs labels",
        where=dataset.name,
        hint="Add them, in an .npz as the array `y`",
    )
