"""How good a model's answers are, measured where the model runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tflitekit.data import Dataset, choose, open_dataset
from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.runtime import tensors
from tflitekit.runtime.inference import run_samples
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, scratch

NATIVE_METRICS = ("top1", "top5")
"""The metrics that the runner computes."""


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


def measure_accuracy(
    session: Session,
    path: Path,
    graph: Model,
    data: str,
    *,
    samples: int | None,
    seed: int,
    threads: int,
) -> Accuracy:
    """Run the evaluation part of a data set through the model.

    Args:
        path: the flatbuffer that `graph` was read from.
        data: a SPEC.
        samples: how many; None for all.
        seed: of their choice.
        threads: of the CPU kernels.

    Raises:
        DataError: the samples do not fit the model, or have no labels or no known metric.
        DeviceError, RunError: as `Session.run`.
    """
    specs = graph.signature().input_specs()
    dataset = open_dataset(data, specs, split="evaluate", seed=seed, progress=session.progress)
    metric = _metric_of(dataset)
    chosen = choose(dataset, samples, seed)
    with scratch() as folder:
        files, count = tensors.write_samples(folder, specs, dataset.stream(chosen), labels=True)
        spec = RunSpec(mode="eval", threads=threads, count=count, metric=metric)
        record = run_samples(session, spec, path, files)
    tensors.check_ports(specs, record.inputs)
    return Accuracy(metric, record.metric["value"], record.metric["n"])


def _metric_of(dataset: Dataset) -> str:
    metric = dataset.metric
    if metric is None:
        raise DataError(
            "accuracy needs labels",
            where=dataset.name,
            hint="Add them, in an .npz as the array `y`",
        )
    if metric not in NATIVE_METRICS:
        raise DataError(
            f"accuracy cannot be measured by {metric}",
            where=dataset.name,
            hint=f"Known metrics are {', '.join(NATIVE_METRICS)}",
        )
    return metric
