"""Quantize one model with every engine, and run what they make on this machine's real runtime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.bench.metrics import Metric
from tflitekit.bench.scorer import choose_metric
from tflitekit.child import Worker
from tflitekit.data import Dataset, choose, open_dataset
from tflitekit.devices.local import LocalDevice
from tflitekit.errors import ConversionError, RunError
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import Model, read_model
from tflitekit.graph.strict import fully_integer
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.engines.registry import BEST, ENGINES, OWN
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.inference import infer
from tflitekit.runtime.session import open_session, scratch

COMPARED = tuple(name for name in ENGINES if name != BEST)
"""Ours first."""

RIVALS = tuple(name for name in COMPARED if name != OWN)


PATIENCE_S = 600.0
"""How long a bench on this machine, which must not be disturbed, is waited for."""


@dataclass(frozen=True)
class Settings:
    """What is the same for every model.

    Attributes:
        samples: to calibrate with.
        draws: how many times they are drawn, by the seeds 0, 1, ...
        recipe: the choices of our own engine.
    """

    samples: int = 200
    draws: int = 5
    recipe: Recipe = field(default_factory=Recipe)


@dataclass(frozen=True)
class Made:
    """What an engine made of a model.

    Attributes:
        size: of the flatbuffer of the first draw, bytes.
        fully_integer: whether no float tensor is left in any draw.
        answers: real values [draws, N, ...] of the model's first output.
    """

    size: int
    fully_integer: bool
    answers: NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """One model.

    Attributes:
        name: of the model.
        metric: what it is judged by.
        labels: [N, ...], what should be answered.
        float_size: of the float flatbuffer, bytes.
        float_answers: of the float model, [N, ...].
        engines: what each made, or why it failed.
    """

    name: str
    metric: Metric
    labels: NDArray[np.float64]
    float_size: int
    float_answers: NDArray[np.float64]
    engines: dict[str, Made | str]


def measure_model(
    name: str, path: Path, data: Path, settings: Settings, worker: Worker, progress: Progress
) -> Measured:
    """Quantize and run one model with the same samples for every engine.

    Args:
        name: of the model.
        path: the trained model.
        data: its folder of data.
        settings: as they are for every model.
        worker: where TensorFlow runs, for all engines.
        progress: hears of each step.

    Raises:
        ToolkitError: the float model or the data cannot be read or run.
    """
    with scratch() as folder:
        progress.step(name)
        lowered = lower(ModelSource(path), folder / "float32.tflite", worker, progress)
        model = read_model(lowered.path)
        held_out = open_dataset(str(data), model.signature().input_specs(), split="evaluate")
        bench = Bench(held_out, folder, progress)
        stores = list(draws_of(data, model, folder, settings))
        content = lowered.path.read_bytes()
        return Measured(
            name,
            choose_metric(None, held_out, model),
            np.asarray(held_out.labels(), np.float64),
            len(content),
            bench.answers(content),
            {
                engine: _attempt(engine, lowered.path, stores, settings, worker, bench)
                for engine in COMPARED
            },
        )


@dataclass(frozen=True)
class Bench:
    """Where flatbuffers are run, and on what."""

    held_out: Dataset
    folder: Path
    progress: Progress

    def answers(self, flatbuffer: bytes) -> NDArray[np.float64]:
        """Of the first output, [N, ...].

        This machine is taken for each run alone: our engine calibrates on it, too.
        """
        path = self.folder / "candidate.tflite"
        path.write_bytes(flatbuffer)
        graph = read_model(flatbuffer)
        device = LocalDevice(PATIENCE_S, self.progress)
        with open_session(device, self.progress) as session:
            found = infer(session, path, graph, self.held_out.stream(), keep=False)
        return np.asarray(next(iter(found.values())), np.float64)


def draws_of(data: Path, model: Model, folder: Path, settings: Settings) -> Iterator[SampleStore]:
    """The samples of each draw."""
    specs = model.signature().input_specs()
    dataset = open_dataset(str(data), specs, split="calibrate")
    count = min(settings.samples, dataset.count or settings.samples)
    for seed in range(settings.draws):
        drawn = dataset.stream(choose(dataset, count, seed))
        yield SampleStore.write(folder / f"draw{seed}", specs, (one.inputs for one in drawn))


def _attempt(
    engine: str,
    float_model: Path,
    stores: Sequence[SampleStore],
    settings: Settings,
    worker: Worker,
    bench: Bench,
) -> Made | str:
    """What the engine makes of every draw, or why it fails on one of them."""
    progress = bench.progress
    recipe = settings.recipe if engine == OWN else Recipe()
    flatbuffers: list[bytes] = []
    answers: list[NDArray[Any]] = []
    try:
        for store in stores:
            job = QuantizeJob(float_model, store, recipe=recipe)
            flatbuffers.append(ENGINES[engine].quantize(job, worker, progress).flatbuffer)
            answers.append(bench.answers(flatbuffers[-1]))
    except (ConversionError, RunError) as error:
        return error.what
    whole = all(fully_integer(read_model(one)) for one in flatbuffers)
    return Made(len(flatbuffers[0]), whole, np.stack(answers))
