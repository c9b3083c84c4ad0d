"""The first steps of every pipeline that quantizes: the model in float, and what calibrates it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tflitekit.child import Worker
from tflitekit.data.locate import locate
from tflitekit.errors import UsageError
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import LoweredModel, ModelSource
from tflitekit.frontend.state import carried_by, shared_with
from tflitekit.graph import Model, map_model, save_model
from tflitekit.graph.state import State, note_state, state_of
from tflitekit.pipeline.requests import SampleChoice
from tflitekit.pipeline.samples import Calibration, store_calibration
from tflitekit.progress import Progress
from tflitekit.runtime.session import scratch


@dataclass(frozen=True)
class Opened:
    """A model ready to be quantized.

    Attributes:
        worker: the child that read it.
        folder: for files that nobody needs afterwards.
        lowered: the float flatbuffer.
        model: the same as objects.
        calibration: the samples to calibrate with.
    """

    worker: Worker
    folder: Path
    lowered: LoweredModel
    model: Model
    calibration: Calibration


def _state(source: ModelSource, model: Model) -> State:
    """What the user tells, else what the file tells."""
    signature, known = model.signature(), state_of(model)
    if source.state:
        known = State(carried_by(source.state, signature))
    if source.state_from is None:
        return known
    if not known:
        raise UsageError(
            "the model has no state", where="--state-from", hint="Name it with --state IN=OUT"
        )
    return replace(known, shared=shared_with(source.state_from, signature, known.carried))


@contextmanager
def opened(source: ModelSource, choice: SampleChoice, progress: Progress) -> Iterator[Opened]:
    """Read a model and store its samples; the child and the files go with the block.

    Raises:
        ModelError: the model cannot be read or is not safe to load.
        DataError: the samples do not fit the model.
        UsageError: the state that is told does not fit the model.
        ConversionError: it cannot be lowered.
    """
    locate(choice.data, "calibrate")  # a wrong name is told before TensorFlow starts
    if choice.eval_samples:
        locate(choice.eval_data or choice.data, "evaluate")
    with Worker() as worker, scratch() as folder:
        progress.step(f"Reading {source.path.name}")
        with progress.bar("Converting to a float flatbuffer", None):
            lowered = lower(source, folder / "float32.tflite", worker, progress)
        model = map_model(lowered.path)
        note_state(model, _state(source, model))
        calibration = store_calibration(choice, model, folder / "samples", progress)
        if state := state_of(model):
            note_state(model, replace(state, steps=calibration.store.steps))
            save_model(model, lowered.path)
        yield Opened(worker, folder, lowered, model, calibration)
