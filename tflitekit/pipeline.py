"""The two pipelines, each a straight line of named steps over frozen requests.

build:   model + data -> lower -> sample -> quantize -> write objects -> verify -> artifact
measure: artifact -> device -> run -> evaluate -> summarize -> report
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tflitekit import artifact, files
from tflitekit.artifact import Artifact
from tflitekit.bench.accuracy import Evaluation, measure_accuracy, plan_evaluation
from tflitekit.bench.bandwidth import bandwidth_of
from tflitekit.bench.conditions import conditions_of
from tflitekit.bench.records import BenchResult
from tflitekit.bench.stats import summarize_latency
from tflitekit.child import Worker
from tflitekit.data import choose, open_dataset
from tflitekit.data.firewall import firewall_for
from tflitekit.data.locate import locate
from tflitekit.devices.local import URI as LOCAL
from tflitekit.devices.registry import open_device
from tflitekit.errors import ModelError, UsageError
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import LoweredModel, ModelSource
from tflitekit.graph import Model, read_model, write_model
from tflitekit.graph.accounting import bytes_moved
from tflitekit.graph.strict import check_strict
from tflitekit.graph.summary import summarize
from tflitekit.progress import Progress
from tflitekit.quantize.engines import engine_named
from tflitekit.quantize.job import IoType, QuantizeJob
from tflitekit.quantize.own import Own
from tflitekit.quantize.recipe import Recipe
from tflitekit.quantize.samples import SampleStore
from tflitekit.runtime import tensors
from tflitekit.runtime.inference import infer, raw_specs
from tflitekit.runtime.protocol import RunRecord, RunSpec
from tflitekit.runtime.session import Session, open_session, scratch


@dataclass(frozen=True)
class ConvertRequest:
    """What `convert` is asked for.

    Attributes:
        source: the model and how to read it.
        data: a data set's SPEC, for calibration.
        out: the flatbuffer to write; its manifest goes beside it.
        io: the type of the model's inputs and outputs.
        samples: how many to calibrate with.
        seed: of their choice.
        engine: a name of `quantize.engines.ENGINES`.
        allow_float: report float tensors instead of refusing them.
        float_out: also keep the float flatbuffer here.
        recipe: the choices of our own engine.
        stats: a file of calibration statistics for our own engine, read or written.
    """

    source: ModelSource
    data: str
    out: Path
    io: IoType = "int8"
    samples: int = 200
    seed: int = 0
    engine: str = "tflitekit"
    allow_float: bool = False
    float_out: Path | None = None
    recipe: Recipe = field(default_factory=Recipe)
    stats: Path | None = None


@dataclass(frozen=True)
class BenchRequest:
    """What `bench` is asked for.

    Attributes:
        models: flatbuffers.
        data: a SPEC to measure accuracy on; None for none.
        device: a device's URI.
        threads: of the CPU kernels.
        cores: processors to bind to; empty for all.
        seconds: how long to time each model, at least.
        samples: how many to measure accuracy on; None for all.
        seed: of their choice, and of made-up inputs.
    """

    models: Sequence[Path]
    data: str | None = None
    device: str = "local"
    threads: int = 1
    cores: str = ""
    seconds: float = 2.0
    samples: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class _Calibration:
    """The samples as the engine takes them, and what the manifest says of them."""

    store: SampleStore
    facts: Mapping[str, Any] = field(default_factory=dict)


def build_artifact(request: ConvertRequest, progress: Progress) -> Artifact:
    """Convert a model to full integers, prove it, and write it with its manifest.

    Raises:
        ModelError: the model cannot be read or is not safe to load.
        DataError: the samples do not fit the model.
        ConversionError: it cannot be converted, or float tensors are left.
        OutputError: a result cannot be written.
    """
    engine = engine_named(request.engine)
    _check_choices(request)
    sources = request.source.path, Path(request.data)
    files.check_writable(request.out, sources=sources)
    if request.float_out is not None:
        others = request.out, artifact.manifest_path(request.out)
        files.check_writable(request.float_out, sources=sources, others=others)
    locate(request.data, "calibrate")  # a wrong name is told before TensorFlow starts
    with Worker() as worker, scratch() as folder:
        progress.step(f"Reading {request.source.path.name}")
        with progress.bar("Converting to a float flatbuffer", None):
            lowered = lower(request.source, folder / "float32.tflite", worker, progress)
        calibration = _calibrate(request, read_model(lowered.path), folder / "samples", progress)
        progress.step(f"Quantizing with the {engine.name} engine")
        job = QuantizeJob(
            lowered.path,
            calibration.store,
            request.io,
            request.seed,
            request.recipe,
            request.stats,
        )
        with progress.bar("Quantizing", None):
            quantized = engine.quantize(job, worker, progress)
        flatbuffer = write_model(read_model(quantized.flatbuffer))
        progress.step("Checking that no float tensor is left")
        model = _verified(flatbuffer, request, progress)
        manifest = _manifest(request, lowered, calibration, model, flatbuffer)
        kept = {request.float_out: lowered.path.read_bytes()} if request.float_out else {}
        return artifact.write_artifact(request.out, flatbuffer, manifest, kept)


def benchmark(request: BenchRequest, progress: Progress) -> list[BenchResult]:
    """Measure models one after the other on one device.

    Raises:
        ModelError: a model cannot be read.
        DataError: the data do not fit a model.
        DeviceError: the device is not available or went away.
        RunError: a run failed.
    """
    graphs = [_read(path) for path in request.models]
    evaluations = [_evaluation(request, graph, progress) for graph in graphs]
    with open_session(open_device(request.device), progress) as session:
        title = f"Measuring the memory bandwidth of {session.device.info.model}"
        progress.step(title)
        with _moving(session, title):
            peak = session.run(RunSpec(mode="bandwidth", threads=request.threads, seconds=0.3))
        return [
            _bench_one(request, path, graph, evaluation, session, peak)
            for path, graph, evaluation in zip(request.models, graphs, evaluations, strict=True)
        ]


def inspect_model(path: Path) -> dict[str, Any]:
    """What is in a flatbuffer, as `graph.summary.summarize`.

    Raises:
        ModelError: the file cannot be read.
    """
    model = _read(path)
    return summarize(model, size_bytes=path.stat().st_size, sha256=files.sha256_file(path))


def run_model(
    model: Path, inputs: Path, outputs: Path, device: str, raw: bool, progress: Progress
) -> dict[str, tuple[int, ...]]:
    """Send the arrays of an .npz through a model and write what comes out as an .npz.

    Returns:
        The shape of each output array.

    Raises:
        ModelError, DataError, DeviceError, RunError, OutputError: as their names say.
    """
    files.check_writable(outputs, sources=(model, inputs))
    graph = _read(model)
    with open_session(open_device(device), progress) as session:
        specs = graph.signature().input_specs()
        dataset = open_dataset(str(inputs), raw_specs(specs) if raw else specs, progress=progress)
        arrays = infer(session, model, graph, dataset.stream(), raw=raw)
    tensors.save_npz(outputs, arrays)
    return {name: array.shape for name, array in arrays.items()}


def _check_choices(request: ConvertRequest) -> None:
    """An engine that has no such choice must not seem to have followed it."""
    request.recipe.check()
    if request.engine != Own.name and (request.recipe != Recipe() or request.stats is not None):
        raise UsageError(
            "has no --ranges and no --stats",
            where=f"--engine {request.engine}",
            hint=f"They are for --engine {Own.name}",
        )
    if request.stats is not None:
        files.check_writable(request.stats, sources=(request.source.path, Path(request.data)))


def _calibrate(
    request: ConvertRequest, model: Model, folder: Path, progress: Progress
) -> _Calibration:
    """Store the samples, and refuse data that cannot be right before any work is done."""
    inputs = model.signature().input_specs()
    dataset = open_dataset(
        request.data, inputs, split="calibrate", seed=request.seed, progress=progress
    )
    chosen = choose(dataset, request.samples, request.seed)
    total = len(chosen) if chosen is not None else None
    firewall = firewall_for(dataset, model)
    with progress.bar("Reading samples", total) as advance:
        samples = tensors.progressing(firewall.watch(dataset, chosen, progress), advance)
        store = SampleStore.write(folder, inputs, (sample.inputs for sample in samples))
    facts = {
        "name": dataset.name,
        "sha256": dataset.digest(),
        "samples": store.count,
        "findings": [finding.tag for finding in firewall.findings()],
    }
    return _Calibration(store, facts)


def _verified(flatbuffer: bytes, request: ConvertRequest, progress: Progress) -> Model:
    """Parse what will be written, and hold it to what was promised."""
    model = read_model(flatbuffer)
    float_io = request.io == "float32"
    for hole in check_strict(model, allow_float=request.allow_float, float_io=float_io):
        progress.warn(f"float tensor {hole.tensor} of {hole.op or 'no op'}: {hole.advice}")
    return model


def _manifest(
    request: ConvertRequest,
    lowered: LoweredModel,
    calibration: _Calibration,
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
            "io": request.io,
            "seed": request.seed,
            "allow_float": request.allow_float,
            "ranges": request.recipe.ranges if request.engine == Own.name else None,
            "stats_sha256": files.sha256_file(request.stats) if request.stats else None,
            "batch": source.batch,
            "input_shapes": {name: list(shape) for name, shape in source.input_shapes.items()},
        },
        "versions": artifact.versions(),
    }


def _read(path: Path) -> Model:
    try:
        there = path.is_file()
    except OSError as error:  # a folder on the way that may not be entered
        raise ModelError(f"cannot be read ({error.strerror})", where=str(path)) from error
    if not there:
        raise ModelError("there is no such file", where=str(path))
    return read_model(path)


def _bench_one(
    request: BenchRequest,
    path: Path,
    graph: Model,
    evaluation: Evaluation | None,
    session: Session,
    peak: RunRecord,
) -> BenchResult:
    info = session.device.info
    title = f"Timing {path.name} on {info.uri}"
    session.progress.step(f"{title} for {request.seconds:g} s, threads: {request.threads}")
    spec = RunSpec(
        mode="bench",
        signature=graph.default_key or "",
        threads=request.threads,
        cores=request.cores,
        seconds=request.seconds,
        seed=request.seed,
        max_seconds=max(60.0, 2 * request.seconds),
    )
    with _moving(session, title):
        record = session.run(spec, path)
    latency = summarize_latency(record.samples_us)
    accuracy = None
    if evaluation is not None:
        accuracy = measure_accuracy(session, path, graph, evaluation, threads=request.threads)
    return BenchResult(
        model=str(path),
        sha256=files.sha256_file(path),
        size_bytes=path.stat().st_size,
        device=info,
        isa=record.isa,
        threads=request.threads,
        latency_us=latency,
        record=record,
        bandwidth=bandwidth_of(bytes_moved(graph), latency.median, peak.bandwidth_gbps),
        accuracy=accuracy,
        warnings=conditions_of(info, record, latency),
    )


def _evaluation(request: BenchRequest, graph: Model, progress: Progress) -> Evaluation | None:
    if request.data is None:
        return None
    return plan_evaluation(
        graph, request.data, samples=request.samples, seed=request.seed, progress=progress
    )


def _moving(session: Session, title: str) -> AbstractContextManager[object]:
    """A bar that moves, but not on the machine that is measured: drawing takes its processor."""
    if session.device.info.uri == LOCAL:
        return nullcontext()
    return session.progress.bar(title, None)
