"""The file that is judged: built from a source, or taken as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tflitekit.artifact import manifest_path
from tflitekit.errors import ModelError, OutputError
from tflitekit.progress import Progress

if TYPE_CHECKING:
    from tflitekit.project.settings import ModelSettings

FOLDER = ".tflitekit"
"""Beside the settings; it holds what is built, and git ignores it."""


@dataclass(frozen=True)
class Made:
    """A model that can be judged.

    Attributes:
        file: the flatbuffer.
        float_file: the float one that it is compared with; None where there is none.
        manifest: how it was made; None where it came without.
    """

    file: Path
    float_file: Path | None
    manifest: Mapping[str, Any] | None

    @property
    def quantization(self) -> Mapping[str, Any] | None:
        """What its manifest tells of the quantization."""
        return self.manifest["quantization"] if self.manifest else None


def make_or_take(name: str, model: ModelSettings, folder: Path, progress: Progress) -> Made:
    """The model of the settings, as files.

    Args:
        name: of the model.
        folder: where what is built goes.

    Raises:
        ModelError, DataError, ConversionError, GateError, OutputError: it cannot be built.
    """
    if model.file is not None:
        return Made(model.file, model.float_file, _manifest(model.file))
    from tflitekit.pipeline.build import build_artifact
    from tflitekit.pipeline.checking.requests import convert_request

    _prepare(folder)
    out = folder / f"{name}.tflite"
    float_file = folder / f"{name}_float32.tflite"
    request = convert_request(model, out, float_file)
    if "float_tensors" in model.budget.limits():  # which judges them
        request = replace(request, allow_float=True)
    manifest = build_artifact(request, progress).manifest
    return Made(out, float_file, manifest)


def _manifest(file: Path) -> Mapping[str, Any] | None:
    """The manifest beside a finished file, if it is the manifest of this file."""
    from tflitekit.files import sha256_file

    path = manifest_path(file)
    if not path.is_file():
        return None
    try:
        manifest: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        same = manifest["model"]["sha256"] == sha256_file(file) and "quantization" in manifest
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError("is no manifest of convert", where=str(path)) from error
    return manifest if same else None


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
    except OSError as error:
        raise OutputError(f"cannot be made ({error.strerror})", where=str(folder)) from error
