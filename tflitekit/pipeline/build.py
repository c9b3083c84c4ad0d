"""Make an artifact: model + data -> lower -> sample -> quantize -> verify -> write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tflitekit import artifact, files
from tflitekit.artifact import Artifact
from tflitekit.bench.scorer import Scorer
from tflitekit.child import Worker
from tflitekit.data.locate import locate
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import LoweredModel
from tflitekit.graph import Model, read_model, write_model
from tflitekit.graph.strict import check_strict
from tflitekit.graph.summary import summarize
from tflitekit.pipeline.requests import ConvertRequest
from tflitekit.pipeline.samples import Calibration, store_calibration, store_held_out
from tflitekit.progress import Progress
from tflitekit.quantize.engines.registry import engine_named
from tflitekit.quantize.job import Quantized, QuantizeJob
from tflitekit.runtime.session import scratch


def build_artifact(request: ConvertRequest, progress: Progress) -> Artifact:
    """Convert a model to full integers, prove it, and write it with its manifest.

    Raises:
        UsageError: choices contradict each other.
        ModelError: the model cannot be read or is not safe to load.
        DataError: the samples do not fit the model.
        ConversionError: it cannot be converted, or float tensors are left.
        GateError: the accuracy that was asked for cannot be reached.
        OutputError: a result cannot be written.
    """
    engine = engine_named(request.engine)
    request.check()
    _check_outputs(request)
    locate(request.data, "calibrate")  # a wrong name is told before TensorFlow starts
    if request.judges:
        locate(request.eval_data or request.data, "evaluate")
    with Worker() as worker, scratch() as folder:
        progress.step(f"Reading {request.source.path.name}")
        with progress.bar("Converting to a float flatbuffer", None):
            lowered = lower(request.source, folder / "float32.tflite", worker, progress)
        model = read_model(lowered.path)
        calibration = store_calibration(request.choice, model, folder / "samples", progress)
        job = _job(request, lowered, model, calibration, folder, progress)
        progress.step(f"Quantizing with the {engine.name} engine")
        with progress.bar("Quantizing", None):
            quantized = engine.quantize(job, worker, progress)
        flatbuffer = write_model(read_model(quantized.flatbuffer))
        written = _verified(flatbuffer, quantized, request, progress)
        manifest = _manifest(request, lowered, calibration, quantized, written, flatbuffer)
        kept = {request.float_out: lowered.path.read_bytes()} if request.float_out else {}
        return artifact.write_artifact(request.out, flatbuffer, manifest, kept)


def _check_outputs(request: ConvertRequest) -> None:
    sources = request.source.path, Path(request.data)
    files.check_writable(request.out, sources=sources)
    if request.float_out is not None:
        others = request.out, artifact.manifest_path(request.out)
        files.check_writable(request.float_out, sources=sources, others=others)
    if request.stats is not None:
        files.check_writable(request.stats, sources=sources)


def _job(
    request: ConvertRequest,
    lowered: LoweredModel,
    model: Model,
    calibration: Calibration,
    folder: Path,
    progress: Progress,
) -> QuantizeJob:
    scorer = None
    if request.judges:
        held_out = store_held_out(
            request.choice, request.metric, model, calibration, folder / "held_out", progress
        )
        scorer = Scorer(held_out, lowered.path.read_bytes(), progress)
    return QuantizeJob(
        lowered.path,
        calibration.store,
        request.face,
        request.seed,
        request.recipe,
        request.stats,
        scorer,
        request.target,
        request.allow_float,
    )


def _verified(
    flatbuffer: bytes, quantized: Quantized, request: ConvertRequest, progress: Progress
) -> Model:
    """Parse what will be written, and hold it to what was promised."""
    model = read_model(flatbuffer)
    if not request.recipe.is_integer:
        progress.note(f"{request.recipe.precision} leaves the activations in float")
        return model
    progress.step("Checking that no float tensor is left")
    holes = check_strict(
        model,
        allow_float=request.allow_float,
        float_io=request.face == "float32",
        reasons=quantized.left_float,
    )
    for hole in holes:
        progress.warn(f"float tensor {hole.tensor} of {hole.op or 'no op'}: {hole.advice}")
    return model


def _manifest(
    request: ConvertRequest,
    lowered: LoweredModel,
    calibration: Calibration,
    quantized: Quantized,
    model: Model,
    flatbuffer: bytes,
) -> dict[str, Any]:
    sha256 = files.sha256_bytes(flatbuffer)
    source = request.source
    return {
        "schema": artifact.SCHEMA,
        "model": {"file": request.out.name}
        | summarize(model, size_bytes=len(flatbuffer), sha256=sha256),
        "source": {
            "file": source.path.name,
            "format": lowered.format.value,
            "sha256": lowered.sha256,
            "reader": lowered.reader,
            "float_sha256": files.sha256_file(lowered.path),
        },
        "data": dict(calibration.facts),
        "recipe": {
            "engine": request.engine,
            "io": request.face,
            "seed": request.seed,
            "allow_float": request.allow_float,
            "stats_sha256": files.sha256_file(request.stats) if request.stats else None,
            "batch": source.batch,
            "input_shapes": {name: list(shape) for name, shape in source.input_shapes.items()},
        },
        "quantization": dict(quantized.facts),
        "versions": artifact.versions(),
    }
