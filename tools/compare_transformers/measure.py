"""Make every form of one model, and measure each on this machine's real runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tflitekit.bench.metrics import Metric
from tflitekit.bench.scorer import choose_metric
from tflitekit.child import Worker
from tflitekit.data import open_dataset
from tflitekit.devices.local import LocalDevice
from tflitekit.errors import ConversionError, RunError
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model
from tflitekit.graph.strict import fully_integer
from tflitekit.progress import Progress
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import open_session, scratch
from tools.compare_engines.judge import sqnr_db
from tools.compare_engines.measure import PATIENCE_S, Bench, Settings, draws_of
from tools.compare_transformers.forms import FLOAT, FORMS, Form, Given
from tools.taking_turns import times_of


@dataclass(frozen=True)
class Timing:
    """How long models are timed.

    Attributes:
        rounds: how often they take turns.
        seconds: for each turn.
    """

    rounds: int = 5
    seconds: float = 1.0


@dataclass(frozen=True)
class Made:
    """A form of a model.

    Attributes:
        size: bytes of the file.
        fully_integer: whether no float tensor is left.
        score: the metric's value on held-out samples; None where nothing was learnt.
        sqnr: decibels of its outputs against the float model's.
        times: microseconds, the median of each round, on one thread.
    """

    size: int
    fully_integer: bool
    score: float | None
    sqnr: float
    times: tuple[float, ...]


@dataclass(frozen=True)
class Compared:
    """One model.

    Attributes:
        name: of the model.
        metric: what it is judged by; None where nothing was learnt.
        forms: what each became, or why it failed, by the names of `FORMS`.
    """

    name: str
    metric: Metric | None
    forms: Mapping[str, Made | str]


def compare(
    path: Path, data: Path, settings: Settings, timing: Timing, worker: Worker, progress: Progress
) -> Compared:
    """Every form of one model.

    Args:
        path: the model.
        data: its samples; where it is no folder, they are random and so is what the model answers.
        settings: how many samples to calibrate with; they are drawn once.
        timing: of the latency.
        worker: where the engines of others run.
        progress: hears of each step.

    Raises:
        ToolkitError: the float model or the data cannot be read or run.
    """
    progress.step(path.stem)
    with scratch() as folder:
        lowered = lower(ModelSource(path), folder / "lowered.tflite", worker, progress)
        model = read_model(lowered.path)
        held_out = open_dataset(str(data), model.signature().input_specs(), split="evaluate")
        (store,) = draws_of(data, model, folder, settings)
        given = Given(lowered.path, store, worker, progress)
        bench = Bench(held_out, folder, progress)
        found = {form.name: _attempt(form, given, bench, folder) for form in FORMS}
        metric = choose_metric(None, held_out, model) if data.is_dir() else None
        return Compared(path.stem, metric, _judged(found, metric, bench, timing))


def _judged(
    found: Mapping[str, NDArray[np.float64] | str],
    metric: Metric | None,
    bench: Bench,
    timing: Timing,
) -> Mapping[str, Made | str]:
    """What is told of each form, or why there is none of it."""
    answers = {name: one for name, one in found.items() if not isinstance(one, str)}
    files = {name: _file(bench.folder, name) for name in answers}
    times = _times(files, timing, bench.progress)
    labels = np.asarray(bench.held_out.labels(), np.float64) if metric else None
    made = {
        name: Made(
            files[name].stat().st_size,
            fully_integer(read_model(files[name])),
            metric.measure(one, labels) if metric and labels is not None else None,
            sqnr_db(answers[FLOAT], one),
            times[name],
        )
        for name, one in answers.items()
    }
    failed = {name: one for name, one in found.items() if isinstance(one, str)}
    return {form.name: (made | failed)[form.name] for form in FORMS}


def _file(folder: Path, form: str) -> Path:
    return folder / f"{form}.tflite"


def _attempt(form: Form, given: Given, bench: Bench, folder: Path) -> NDArray[np.float64] | str:
    """What a form answers to the held-out samples, or why there is none of it."""
    given.progress.step(form.name)
    try:
        flatbuffer = form.make(given)
        answers = bench.answers(flatbuffer)
    except (ConversionError, RunError) as error:
        if form.name == FLOAT:
            raise
        return error.what
    _file(folder, form.name).write_bytes(flatbuffer)
    return answers


def _times(
    files: Mapping[str, Path], timing: Timing, progress: Progress
) -> Mapping[str, tuple[float, ...]]:
    spec = RunSpec(seconds=timing.seconds, warmup_seconds=0.3)
    with open_session(LocalDevice(PATIENCE_S, progress), progress) as session:
        found = times_of(files, session, spec, timing.rounds)
    return {name: tuple(times) for name, times in found.items()}
