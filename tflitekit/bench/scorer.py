"""Scores candidates of a conversion on held-out samples, on this machine's real runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tflitekit.bench.metrics import (
    METRICS,
    Answers,
    Metric,
    default_metric,
    measure,
    metric_named,
    stacked,
)
from tflitekit.data import Dataset, Sample
from tflitekit.devices.local import LocalDevice
from tflitekit.errors import DataError
from tflitekit.graph import Model, read_model
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.runtime.inference import infer
from tflitekit.runtime.session import open_session, scratch

_PATIENCE_S = 3600.0  # a bench on this machine must not be disturbed, so it is waited for


@dataclass(frozen=True)
class HeldOut:
    """What candidates are judged on.

    Attributes:
        samples: for the float model.
        labels: [N, ...]; None where there are none.
        metric: what candidates are judged by.
    """

    samples: SampleStore
    labels: NDArray[Any] | None
    metric: Metric

    @classmethod
    def write(
        cls, folder: Path, samples: Iterable[Sample], model: Model, metric: Metric
    ) -> HeldOut:
        """Store samples in `folder`.

        Raises:
            DataError: there are none, or some have labels and some have not, or of other shapes.
            OutputError: the disk is full.
        """
        labels: list[NDArray[Any] | None] = []

        def watched() -> Iterator[Mapping[str, NDArray[Any]]]:
            for sample in samples:
                labels.append(sample.label)
                yield sample.inputs

        store = SampleStore.for_model(folder, model, watched())
        return cls(store, stacked(labels), metric)


def choose_metric(name: str | None, dataset: Dataset, model: Model) -> Metric:
    """The metric that is asked for, or the data set's own, or the one that suits its labels.

    Raises:
        UsageError: there is no metric of this name.
        DataError: it needs labels, and there are none; or `dataset.toml` names one that is not.
    """
    label = dataset.source.first_label()
    metric = metric_named(name) if name else _own_metric(dataset) or default_metric(model, label)
    if metric.against == "labels" and label is None:
        raise DataError(
            f"has no labels, which {metric.name} needs",
            where=dataset.name,
            hint="Add them, in an .npz as the array `y`, or name --metric agreement or r2",
        )
    return metric


def _own_metric(dataset: Dataset) -> Metric | None:
    """The one that `dataset.toml` names; a file may name no code to run."""
    name = dataset.recipe.metric
    if name is not None and name not in METRICS:
        hint = f"Use {', '.join(METRICS)}"
        raise DataError(f"there is no metric {name}", where=dataset.name, hint=hint)
    return METRICS[name] if name else None


class Scorer:
    """Judges flatbuffers; `Scorer(...)(flatbuffer)` is a `quantize.job.Score`.

    Args:
        held_out: what they are judged on.
        float_model: whose score is to be kept, and whose answers stand in for labels.
        progress: hears of every run.

    Attributes:
        metric: the name of what is measured.
        count: how many samples they are judged on.
        float_value: the float model's value of the metric.

    Raises:
        DataError: there are no samples, or the labels do not fit.
        DeviceError, RunError: the float model does not run on this machine.
    """

    def __init__(self, held_out: HeldOut, float_model: bytes, progress: Progress) -> None:
        self._held_out = held_out
        self._metric = held_out.metric
        self._progress = progress
        self.metric = held_out.metric.name
        self.count = held_out.samples.count
        answers = self._answers(float_model, "Running the float model")
        self._expected: Answers | NDArray[Any] = answers
        if held_out.labels is not None and self._metric.against != "float":
            self._expected = held_out.labels
        self.float_value = measure(self._metric, answers, self._expected)

    @property
    def float_score(self) -> float:
        """The float model's score."""
        return self._metric.score(self.float_value)

    def show(self, score: float) -> str:
        """See `quantize.job.Score`."""
        return self._metric.show(self._metric.score(score))

    def __call__(self, flatbuffer: bytes) -> float:
        """The score of a model with the float model's inputs and outputs; more is better.

        Raises:
            DeviceError, RunError: it does not run on this machine.
        """
        answers = self._answers(flatbuffer, "Measuring a candidate")
        return self._metric.score(measure(self._metric, answers, self._expected))

    def _answers(self, flatbuffer: bytes, title: str) -> Answers:
        samples = (Sample(i, inputs, None) for i, inputs in enumerate(self._held_out.samples))
        device = LocalDevice(_PATIENCE_S, self._progress)
        with scratch() as folder, open_session(device, self._progress) as session:
            path = folder / "candidate.tflite"
            path.write_bytes(flatbuffer)
            graph = read_model(flatbuffer)
            return infer(session, path, graph, samples, title=title, keep=False)
