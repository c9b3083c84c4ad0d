"""The samples of a conversion: those to calibrate with, and those that it must not have seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tflitekit.bench.scorer import HeldOut, choose_metric
from tflitekit.data import Dataset, choose, choose_others, open_dataset
from tflitekit.data.firewall import firewall_for
from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.pipeline.requests import ConvertRequest
from tflitekit.progress import Progress
from tflitekit.quantize.samples import SampleStore
from tflitekit.runtime import tensors


@dataclass(frozen=True)
class Calibration:
    """The samples to calibrate with.

    Attributes:
        store: as the engine takes them.
        place: where they are from.
        chosen: which they are; None for all of an unknown number.
        facts: what the manifest says of them.
    """

    store: SampleStore
    place: str
    chosen: Sequence[int] | None
    facts: Mapping[str, Any]


def store_calibration(
    request: ConvertRequest, model: Model, folder: Path, progress: Progress
) -> Calibration:
    """Store the samples, and refuse data that cannot be right before any work is done.

    Raises:
        DataError: the data set as a whole, or a sample, does not fit the model.
    """
    dataset = _open(request.data, "calibrate", request, model, progress)
    chosen = choose(dataset, _how_many(request, dataset, model, progress), request.seed)
    total = len(chosen) if chosen is not None else None
    firewall = firewall_for(dataset, model)
    with progress.bar("Reading samples", total) as advance:
        samples = tensors.progressing(firewall.watch(dataset, chosen, progress), advance)
        inputs = model.signature().input_specs()
        store = SampleStore.write(folder, inputs, (sample.inputs for sample in samples))
    facts = {
        "name": dataset.name,
        "sha256": dataset.digest(),
        "samples": store.count,
        "findings": [finding.tag for finding in firewall.findings()],
    }
    return Calibration(store, dataset.place, chosen, facts)


def store_held_out(
    request: ConvertRequest,
    model: Model,
    calibration: Calibration,
    folder: Path,
    progress: Progress,
) -> HeldOut:
    """Store the samples to judge candidates on: none that was calibrated with.

    Raises:
        DataError: there are none, or they do not fit the model or the metric.
        UsageError: there is no such metric.
    """
    dataset = _evaluation(request, model, progress)
    metric = choose_metric(request.metric, dataset, model)
    indices: Sequence[int] | None
    if dataset.place == calibration.place:
        indices = choose_others(
            dataset, calibration.chosen or (), request.eval_samples, request.seed
        )
    else:
        indices = choose(dataset, _at_most(request.eval_samples, dataset), request.seed)
    total = len(indices) if indices is not None else None
    with progress.bar("Reading held-out samples", total) as advance:
        samples = tensors.progressing(dataset.stream(indices), advance)
        return HeldOut.write(folder, samples, model, metric)


def _how_many(request: ConvertRequest, dataset: Dataset, model: Model, progress: Progress) -> int:
    """As many as asked for, unless those to judge by would have to come from the same few."""
    if not request.judges or _evaluation(request, model, progress).place != dataset.place:
        return request.samples
    if dataset.count is None:
        raise DataError(
            "does not tell how many samples it has, so that none can be held out",
            where=dataset.name,
            hint="Name others with --eval-data",
        )
    if dataset.count < 2:
        raise DataError(
            "has no sample to hold out", where=dataset.name, hint="Name others with --eval-data"
        )
    half = dataset.count // 2
    if request.samples > half:
        progress.note(f"calibrating with {half} of {dataset.count} samples; the rest is held out")
    return min(request.samples, half)


def _evaluation(request: ConvertRequest, model: Model, progress: Progress) -> Dataset:
    return _open(request.eval_data or request.data, "evaluate", request, model, progress)


def _open(
    spec: str, split: Any, request: ConvertRequest, model: Model, progress: Progress
) -> Dataset:
    inputs = model.signature().input_specs()
    return open_dataset(spec, inputs, split=split, seed=request.seed, progress=progress)


def _at_most(n: int, dataset: Dataset) -> int:
    return n if dataset.count is None else min(n, dataset.count)
