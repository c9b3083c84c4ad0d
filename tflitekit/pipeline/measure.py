"""Measure artifacts: artifact -> device -> run -> evaluate -> summarize -> report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tflitekit import files
from tflitekit.bench.accuracy import Evaluation, measure_accuracy, plan_evaluation
from tflitekit.bench.agreement import Agreement
from tflitekit.bench.agreement_runs import (
    FLOAT,
    HOST,
    Answerer,
    is_float,
    measure_agreement,
    unlike,
)
from tflitekit.bench.bandwidth import bandwidth_of
from tflitekit.bench.conditions import conditions_of
from tflitekit.bench.records import BenchResult, Repeat
from tflitekit.bench.stats import summarize_latency
from tflitekit.data import open_dataset
from tflitekit.data.sequences import length_of, sample_inputs
from tflitekit.devices.cores import cores_named
from tflitekit.devices.local import URI as LOCAL
from tflitekit.devices.registry import open_device
from tflitekit.errors import ModelError, UsageError
from tflitekit.graph import Model, read_model
from tflitekit.graph.accounting import bytes_moved
from tflitekit.graph.merge import alone, callable_keys
from tflitekit.graph.state import state_of
from tflitekit.graph.summary import summarize
from tflitekit.pipeline.requests import BenchRequest
from tflitekit.progress import Progress
from tflitekit.runtime import tensors
from tflitekit.runtime.carried import with_state
from tflitekit.runtime.inference import infer, raw_specs
from tflitekit.runtime.protocol import RunRecord, RunSpec
from tflitekit.runtime.session import Session, open_session


def benchmark(request: BenchRequest, progress: Progress) -> list[BenchResult]:
    """Measure models one after the other on one device; of a file with several signatures and none
    that is the default, each.

    Raises:
        ModelError: a model cannot be read.
        DataError: the data do not fit a model.
        DeviceError: the device is not available or went away.
        RunError: a run failed.
    """
    subjects = [one for path in request.models for one in _subjects(path)]
    reference = _reference(subjects)
    comparable = reference is not None or request.device != LOCAL
    evaluations = [
        _evaluation(request, one.graph, progress, labels_needed=not comparable) for one in subjects
    ]
    with (
        open_session(open_device(request.device), progress) as session,
        session.device.fixed_performance(),
    ):
        title = f"Measuring the memory bandwidth of {session.device.info.model}"
        progress.step(title)
        with _moving(session, title):
            peak = session.run(RunSpec(mode="bandwidth", threads=request.threads, seconds=0.3))
        pairs = list(zip(subjects, evaluations, strict=True))
        results = [_bench_one(request, one, plan, session, peak) for one, plan in pairs]
        with _host_beside(session, needed=request.data is not None) as host:
            return [
                replace(result, agreement=_agreement(request, one, plan, session, host, reference))
                for result, (one, plan) in zip(results, pairs, strict=True)
            ]


def inspect_model(path: Path) -> dict[str, Any]:
    """What is in a flatbuffer, as `graph.summary.summarize`.

    Raises:
        ModelError: the file cannot be read.
    """
    model = read_file(path)
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
    graph = read_file(model)
    with open_session(open_device(device), progress) as session:
        specs = sample_inputs(graph)
        dataset = open_dataset(str(inputs), raw_specs(specs) if raw else specs, progress=progress)
        arrays = infer(session, model, graph, dataset.stream(), raw=raw)
    tensors.save_npz(outputs, arrays)
    return {name: array.shape for name, array in arrays.items()}


def read_file(path: Path) -> Model:
    """A model of the user's.

    Raises:
        ModelError: there is no such file, or it cannot be read.
    """
    try:
        there = path.is_file()
    except OSError as error:  # a folder on the way that may not be entered
        raise ModelError(f"cannot be read ({error.strerror})", where=str(path)) from error
    if not there:
        raise ModelError("there is no such file", where=str(path))
    return read_model(path)


@dataclass(frozen=True)
class _Subject:
    """What is measured.

    Attributes:
        path: the file.
        graph: what of it is called.
        signature: that of several in the file; empty for the only one, or the default.
    """

    path: Path
    graph: Model
    signature: str = ""

    def named(self, path: str) -> str:
        """The file's name, and the signature."""
        return f"{path}:{self.signature}" if self.signature else path


def _subjects(path: Path) -> list[_Subject]:
    model = read_file(path)
    parts = [_Subject(path, alone(model, key), key) for key in callable_keys(model)]
    return parts or [_Subject(path, model)]


def _bench_one(
    request: BenchRequest,
    subject: _Subject,
    evaluation: Evaluation | None,
    session: Session,
    peak: RunRecord,
) -> BenchResult:
    info, path, graph = session.device.info, subject.path, subject.graph
    title = f"Timing {subject.named(path.name)} on {info.uri}"
    session.progress.step(f"{title} for {request.seconds:g} s, threads: {request.threads}")
    before = session.device.observe()
    cores = cores_named(request.cores, before)
    spec = RunSpec(
        mode="bench",
        threads=request.threads,
        cores=",".join(map(str, cores)),
        seconds=request.seconds,
        seed=request.seed,
        max_seconds=max(60.0, 2 * request.seconds),
    )
    with _moving(session, title):
        record = session.run(with_state(spec, graph), path)
    repeat = Repeat(record, before, session.device.observe())
    latency = summarize_latency(record.samples_us)
    accuracy = None
    if evaluation is not None and evaluation.metric is not None:
        accuracy = measure_accuracy(session, path, graph, evaluation, threads=request.threads)
    return BenchResult(
        model=subject.named(str(path)),
        sha256=files.sha256_file(path),
        size_bytes=path.stat().st_size,
        device=info,
        isa=record.isa,
        threads=request.threads,
        latency_us=latency,
        record=record,
        bandwidth=bandwidth_of(bytes_moved(graph), latency.median, peak.bandwidth_gbps),
        accuracy=accuracy,
        warnings=conditions_of(info, [repeat], threads=request.threads, cores=cores),
        tokens=_tokens(graph),
    )


def _reference(subjects: Sequence[_Subject]) -> _Subject | None:
    """The float model that the others are held to: the first, where it is one."""
    first, *others = subjects
    return first if others and is_float(first.graph) else None


@contextmanager
def _host_beside(session: Session, *, needed: bool) -> Iterator[Session | None]:
    """This machine as well, where another device is measured; None where it is measured itself."""
    if not needed or session.device.info.uri == LOCAL:
        yield None
        return
    with open_session(open_device(LOCAL), session.progress) as host:
        yield host


def _agreement(
    request: BenchRequest,
    subject: _Subject,
    evaluation: Evaluation | None,
    session: Session,
    host: Session | None,
    reference: _Subject | None,
) -> tuple[Agreement, ...]:
    others = {}
    if host is not None:
        others[HOST] = Answerer(host, subject.path, subject.graph)
    if evaluation is None:
        return ()
    if reference is not None and reference is not subject:
        reason = unlike(subject.graph, reference.graph)
        if reason is None:
            others[FLOAT] = Answerer(session, reference.path, reference.graph)
        else:
            names = f"{subject.path.name} and {reference.path.name}"
            session.progress.warn(f"{names} are not compared: {reason}")
    if not others:
        return ()
    own = Answerer(session, subject.path, subject.graph)
    return measure_agreement(own, others, evaluation.samples(), threads=request.threads)


def _tokens(graph: Model) -> int | None:
    """What one run takes of a sequence; None for a model without a state."""
    state = state_of(graph)
    return (length_of(state.inputs(graph.signature())) or 1) if state else None


def _evaluation(
    request: BenchRequest, graph: Model, progress: Progress, *, labels_needed: bool
) -> Evaluation | None:
    if request.data is None:
        if request.metric is not None:
            raise UsageError("needs --data", where=f"--metric {request.metric}")
        return None
    return plan_evaluation(
        graph,
        request.data,
        samples=request.samples,
        seed=request.seed,
        progress=progress,
        metric=request.metric,
        labels_needed=labels_needed,
    )


def _moving(session: Session, title: str) -> AbstractContextManager[object]:
    """A bar that moves, but not on the machine that is measured: drawing takes its processor."""
    if session.device.info.uri == LOCAL:
        return nullcontext()
    return session.progress.bar(title, None)
