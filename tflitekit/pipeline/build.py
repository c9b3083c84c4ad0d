"""Make an artifact: model + data -> lower -> sample -> quantize -> verify -> write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tflitekit import artifact, files
from tflitekit.artifact import Artifact
from tflitekit.bench.scorer import Scorer
from tflitekit.graph import Model, read_model, write_model, writer
from tflitekit.graph.state import state_of
from tflitekit.graph.strict import check_strict
from tflitekit.graph.summary import summarize
from tflitekit.pipeline.opening import Opened, opened
from tflitekit.pipeline.requests import ConvertRequest
from tflitekit.pipeline.samples import store_held_out
from tflitekit.progress import Progress
from tflitekit.quantize.engines.registry import engine_named
from tflitekit.quantize.job import Quantized, QuantizeJob


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
    with opened(request.readable_source, request.choice, progress) as ready:
        request.check_state(has_state=bool(state_of(ready.model)))
        job = _job(request, ready, progress)
        progress.step(f"Quantizing with the {engine.name} engine")
        with progress.bar("Quantizing", None):
            quantized = engine.quantize(job, ready.worker, progress)
        flatbuffer = write_model(read_model(quantized.flatbuffer))
        _tell_of_size(flatbuffer, progress)
        written = _verified(flatbuffer, quantized, request, progress)
        manifest = _manifest(request, ready, quantized, written, flatbuffer)
        kept = {request.float_out: ready.lowered.path} if request.float_out else {}
        return artifact.write_artifact(request.out, flatbuffer, manifest, kept)


def _check_outputs(request: ConvertRequest) -> None:
    sources = [request.source.path, Path(request.data)]
    if request.source.state_from is not None:
        sources.append(request.source.state_from)
    files.check_writable(request.out, sources=sources)
    if request.float_out is not None:
        others = request.out, artifact.manifest_path(request.out)
        files.check_writable(request.float_out, sources=sources, others=others)
    if request.stats is not None:
        files.check_writable(request.stats, sources=sources)


def _job(request: ConvertRequest, ready: Opened, progress: Progress) -> QuantizeJob:
    scorer = None
    if request.judges:
        held_out = store_held_out(
            request.choice,
            request.metric,
            ready.model,
            ready.calibration,
            ready.folder / "held_out",
            progress,
        )
        scorer = Scorer(held_out, ready.lowered.path.read_bytes(), progress)
    return QuantizeJob(
        ready.lowered.path,
        ready.calibration.store,
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


def _tell_of_size(flatbuffer: bytes, progress: Progress) -> None:
    if len(flatbuffer) > writer.LARGEST_FLATBUFFER:
        progress.warn(
            "the file is larger than 2 GiB, so its constants lie behind the flatbuffer: LiteRT "
            "reads them there, older interpreters do not"
        )


def _manifest(
    request: ConvertRequest,
    ready: Opened,
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
            "format": ready.lowered.format.value,
            "sha256": ready.lowered.sha256,
            "reader": ready.lowered.reader,
            "float_sha256": files.sha256_file(ready.lowered.path),
        },
        "data": dict(ready.calibration.facts),
        "recipe": {
            "engine": request.engine,
            "io": request.face,
            "seed": request.seed,
            "allow_float": request.allow_float,
            "state_from_sha256": (
                files.sha256_file(source.state_from) if source.state_from else None
            ),
            "stats_sha256": files.sha256_file(request.stats) if request.stats else None,
            "batch": source.batch,
            "input_shapes": {name: list(shape) for name, shape in source.input_shapes.items()},
        },
        "quantization": dict(quantized.facts),
        "versions": artifact.versions(),
    }
