"""The samples of a conversion: those to calibrate with, and those that it must not have seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tflitekit.bench.scorer import HeldOut, choose_metric
from tflitekit.data import Dataset, choose, choose_others, open_dataset
from tflitekit.data.firewall import firewall_for
from tflitekit.data.locate import locate
from tflitekit.data.sequences import sample_inputs
from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.pipeline.requests import SampleChoice
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
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
    choice: SampleChoice, model: Model, folder: Path, progress: Progress
) -> Calibration:
    """Store the samples, and refuse data that cannot be right before any work is done.

    Raises:
        DataError: the data set as a whole, or a sample, does not fit the model.
    """
    dataset = _open(choice.data, "calibrate", choice, model, progress)
    chosen = choose(dataset, _how_many(choice, dataset, progress), choice.seed)
    firewall = firewall_for(dataset, model)
    with progress.bar("Reading samples", _length(chosen)) as advance:
        samples = tensors.progressing(firewall.watch(dataset, chosen, progress), advance)
        given = (sample.inputs for sample in samples)
        store = SampleStore.for_model(folder, model, given)
    facts = {
        "name": dataset.name,
        "sha256": dataset.digest(),
        "samples": store.count,
        "findings": [finding.tag for finding in firewall.findings()],
    }
    return Calibration(store, dataset.place, chosen, facts)


def hold_out(
    choice: SampleChoice, model: Model, calibration: Calibration, progress: Progress
) -> tuple[Dataset, Sequence[int] | None]:
    """The samples to judge candidates on: none that was calibrated with.

    Returns:
        The data set, and which of its samples.

    Raises:
        DataError: they do not fit the model.
    """
    dataset = _open(choice.eval_data or choice.data, "evaluate", choice, model, progress)
    if dataset.place == calibration.place:
        taken = calibration.chosen or ()
        return dataset, choose_others(dataset, taken, choice.eval_samples, choice.seed)
    count = choice.eval_samples
    at_most = count if dataset.count is None else min(count, dataset.count)
    return dataset, choose(dataset, at_most, choice.seed)


def store_held_out(
    choice: SampleChoice,
    metric: str | None,
    model: Model,
    calibration: Calibration,
    folder: Path,
    progress: Progress,
) -> HeldOut:
    """Store the samples to judge candidates on, with their labels.

    Raises:
        DataError: there are none, or they do not fit the model or the metric.
        UsageError: there is no such metric.
    """
    dataset, indices = hold_out(choice, model, calibration, progress)
    judge = choose_metric(metric, dataset, model)
    with progress.bar("Reading held-out samples", _length(indices)) as advance:
        samples = tensors.progressing(dataset.stream(indices), advance)
        return HeldOut.write(folder, samples, model, judge)


def _length(indices: Sequence[int] | None) -> int | None:
    return None if indices is None else len(indices)


def _how_many(choice: SampleChoice, dataset: Dataset, progress: Progress) -> int:
    """As many as asked for, unless those to judge by would have to come from the same few."""
    if not choice.eval_samples:
        return choice.samples
    _, place, _ = locate(choice.eval_data or choice.data, "evaluate")
    if place != dataset.place:
        return choice.samples
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
    if choice.samples > half:
        progress.note(f"calibrating with {half} of {dataset.count} samples; the rest is held out")
    return min(choice.samples, half)


def _open(spec: str, split: Any, choice: SampleChoice, model: Model, progress: Progress) -> Dataset:
    inputs = sample_inputs(model)
    return open_dataset(spec, inputs, split=split, seed=choice.seed, progress=progress)
