"""The first step of a conversion: any source becomes a float flatbuffer with static shapes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tflitekit import files
from tflitekit.child import Worker
from tflitekit.errors import ConversionError
from tflitekit.frontend.audit import audit, refuse
from tflitekit.frontend.detect import ModelFormat, detect
from tflitekit.frontend.float_tflite import read_float_tflite
from tflitekit.frontend.keras_file import read_keras_file
from tflitekit.frontend.naming import (
    name_fused_layers,
    name_signature,
    restore_layer_names,
    shorten_names,
)
from tflitekit.frontend.source import LoweredModel, ModelSource
from tflitekit.graph import Model, map_model, run_passes, save_model
from tflitekit.graph.passes import PASSES
from tflitekit.progress import Progress

_JOBS = {
    ModelFormat.KERAS: "tflitekit.frontend.keras_model:convert",
    ModelFormat.H5: "tflitekit.frontend.keras_model:convert",
    ModelFormat.SAVED_MODEL: "tflitekit.frontend.saved_model:convert",
}
"""The jobs that need TensorFlow, by the format of the source."""

_LARGE = 64 << 20
"""Bytes of a float flatbuffer for whose sake it is worth starting TensorFlow again, if it is needed
again: it keeps several times as much memory."""


def lower(source: ModelSource, out: Path, worker: Worker, progress: Progress) -> LoweredModel:
    """Write `source` to `out` as a float flatbuffer.

    The source is never changed, and nothing that comes with it is run unless `source.trust`.
    The flatbuffer has one signature, "serving_default", with the model's own names.

    Raises:
        ModelError: the source is damaged, unsafe, or leaves a size open.
        UsageError: `source` asks for a shape or a module that does not fit.
        ConversionError: TensorFlow Lite has no op for something in it, or crashed; or a shape
            depends on values.
        OutputError: `out` cannot be written.
    """
    kind = detect(source.path)
    sha256 = files.sha256_tree(source.path)
    if kind is ModelFormat.TFLITE:
        model = read_float_tflite(source, progress)
        lowered = LoweredModel(out, kind, sha256, "flatbuffer")
    else:
        made = _convert_in_child(source, kind, worker, progress)
        if made.flatbuffer.stat().st_size > _LARGE:
            worker.rest()
        model = _named(made)
        lowered = LoweredModel(out, kind, sha256, made.reader, made.layers)
    run_passes(model, PASSES)
    _check_static(model, str(source.path))
    save_model(model, out)
    return lowered


@dataclass(frozen=True)
class _Converted:
    """What the child made.

    Attributes:
        flatbuffer: with placeholder names, see `export`.
        inputs: the names in order.
        outputs: the names in order.
        reader: the library that read the source.
        layers: the names of the Keras layers.
    """

    flatbuffer: Path
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    reader: str
    layers: tuple[str, ...]


def _convert_in_child(
    source: ModelSource, kind: ModelFormat, worker: Worker, progress: Progress
) -> _Converted:
    arguments: dict[str, Any] = {}
    if kind in (ModelFormat.KERAS, ModelFormat.H5):
        _check_keras_file(source, kind)
        arguments |= {"kind": kind.value, "custom_objects": source.custom_objects}
        arguments |= {"search_path": str(Path.cwd()), "fuse_layers": source.fuse_layers}
    flatbuffer = worker.scratch / "float32.tflite"
    answer = worker.call(
        _JOBS[kind],
        progress,
        doing=f"converting {source.path.name} to a float flatbuffer",
        path=str(source.path),
        flatbuffer=str(flatbuffer),
        batch=source.batch,
        input_shapes={name: list(shape) for name, shape in source.input_shapes.items()},
        trust=source.trust,
        scratch=str(worker.scratch),
        **arguments,
    )
    return _Converted(
        flatbuffer,
        tuple(answer["inputs"]),
        tuple(answer["outputs"]),
        answer["reader"],
        tuple(answer["layers"]),
    )


def _named(made: _Converted) -> Model:
    """The child's flatbuffer with the model's own names."""
    model = map_model(made.flatbuffer)
    made.flatbuffer.unlink()
    name_fused_layers(model)
    name_signature(model, made.inputs, made.outputs)
    if made.reader.startswith("keras "):
        restore_layer_names(model, made.layers)
    shorten_names(model)
    return model


_LOOP_HINT = (
    "A recurrent layer of Keras 3 converts with --engine tflitekit to an integer --precision, "
    "without --kernels never; elsewhere build it with unroll=True"
)
_SHAPE_HINT = "Only models whose shapes follow from their input shapes can be converted"


def _check_static(model: Model, where: str) -> None:
    has_loop = any(op.name == "WHILE" for op in model.ops())
    for op in model.ops():
        for tensor in op.outputs:
            if not tensor.is_static:
                raise ConversionError(
                    f"the shape of {tensor.name!r}, which {op.name} computes, depends on values",
                    where=where,
                    hint=_LOOP_HINT if has_loop else _SHAPE_HINT,
                )


def _check_keras_file(source: ModelSource, kind: ModelFormat) -> None:
    """Refuse in a moment what the child would refuse after TensorFlow's slow start."""
    if source.trust:
        return
    findings = audit(read_keras_file(source.path, kind).config)
    if source.custom_objects is not None:
        findings = [finding for finding in findings if finding.runs_code]
    refuse(findings, source.path)
