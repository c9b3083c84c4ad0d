"""Measure artifacts: artifact -> device -> run -> evaluate -> summarize -> report."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from tflitekit import files
from tflitekit.bench.accuracy import Evaluation, measure_accuracy, plan_evaluation
from tflitekit.bench.bandwidth import bandwidth_of
from tflitekit.bench.conditions import conditions_of
from tflitekit.bench.records import BenchResult
from tflitekit.bench.stats import summarize_latency
from tflitekit.data import open_dataset
from tflitekit.devices.local import URI as LOCAL
from tflitekit.devices.registry import open_device
from tflitekit.errors import ModelError
from tflitekit.graph import Model, read_model
from tflitekit.graph.accounting import bytes_moved
from tflitekit.graph.summary import summarize
from tflitekit.pipeline.requests import BenchRequest
from tflitekit.progress import Progress
from tflitekit.runtime import tensors
from tflitekit.runtime.inference import infer, raw_specs
from tflitekit.runtime.protocol import RunRecord, RunSpec
from tflitekit.runtime.session import Session, open_session


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
