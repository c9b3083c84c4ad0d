"""A first `tflitekit.toml` for a model."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from tflitekit import files
from tflitekit.data.locate import spec_for
from tflitekit.errors import OutputError, UsageError
from tflitekit.frontend.detect import ModelFormat, detect
from tflitekit.gates.documents import of_file
from tflitekit.gates.measurement import Measurement
from tflitekit.pipeline.inspecting import inspect_model
from tflitekit.pipeline.subjects import read_file
from tflitekit.project.template import FirstModel, settings_text


def write_first_settings(model: Path, data: str | None, out: Path) -> None:
    """Write settings for a model: its budget where it is quantized, else how it is built.

    Args:
        model: anything that `convert` takes, or a quantized .tflite.
        data: a SPEC of samples; None where none are named.
        out: the file to write.

    Raises:
        OutputError: the file is there already, or cannot be written.
        ModelError: the model cannot be read.
        DataError: there are no such data.
        UsageError: the model has to be built, and no data are named.
    """
    if os.path.lexists(out):
        raise OutputError(
            "is there already", where=str(out), hint="Name another file with -o, or remove it"
        )
    files.check_writable(out, sources=[model])
    measured = _measured(model)
    if measured is None and data is None:
        raise UsageError(
            "has to be built, which takes data to calibrate with",
            where=str(model),
            hint="Name a path, a data set or module:callable with --data",
        )
    folder = out.parent
    first = FirstModel(
        PurePath(os.path.relpath(model, folder)),
        None if data is None else spec_for(folder, data),
        measured,
    )
    files.write_whole(out, settings_text(first).encode())


def _measured(model: Path) -> list[Measurement] | None:
    """What a quantized model's file tells; None of a model that has to be built."""
    if detect(model) is not ModelFormat.TFLITE:
        return None
    tensors = (tensor for graph in read_file(model).subgraphs for tensor in graph.tensors)
    if not any(tensor.is_quantized for tensor in tensors):
        return None
    return list(of_file(inspect_model(model)))
