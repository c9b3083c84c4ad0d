"""Measure artifacts: artifact -> device -> run -> evaluate -> summarize -> report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tflitekit import files
from tflitekit.bench.accuracy import Evaluation, measure_accuracy, plan_evaluation
from tflitekit.bench.bandwidth import bandwidth_of
from tflitekit.bench.comparison import compare
from tflitekit.bench.compute import compute_peaks
from tflitekit.bench.conditions import conditions_of, runtime_conditions
from tflitekit.bench.records import BenchResult, Repeat, samples_of, start_up_of
from tflitekit.bench.roofline import model_point, op_points
from tflitekit.bench.stats import medians, summarize_latency
from tflitekit.bench.sustained import Window, windows_of
from tflitekit.data import open_dataset
from tflitekit.data.sequences import length_of, sample_inputs
from tflitekit.devices.cores import cores_named
from tflitekit.devices.local import URI as LOCAL
from tflitekit.devices.registry import open_device
from tflitekit.graph import Model
from tflitekit.graph.accounting import bytes_moved
from tflitekit.graph.state import state_of
from tflitekit.pipeline.agreeing import agreement_of, host_beside, reference_of
from tflitekit.pipeline.passes import make_passes
from tflitekit.pipeline.peaks import Peaks, measure_peaks, roof_of
from tflitekit.pipeline.requests import BenchRequest
from tflitekit.pipeline.subjects import Subject, read_file, subjects_of
from tflitekit.pipeline.timing import Timing, time_in_turns, time_sustained
from tflitekit.progress import Progress
from tflitekit.runtime import tensors
from tflitekit.runtime.choice import TESTED, RuntimeChoice
from tflitekit.runtime.inference import infer, raw_specs
from tflitekit.runtime.session import Session, open_session


def benchmark(request: BenchRequest, progress: Progress) -> list[BenchResult]:
    """Measure models on one device, taking turns; of a file with several signatures and none that
    is the default, each. All are compared with the first.

    Raises:
        UsageError: as `BenchRequest.check`.
        ModelError: a model cannot be read.
        DataError: the data do not fit a model.
        DeviceError: the device is not available or went away.
        RunError: a run failed.
        UsageError: the runtime that is asked for does not fit.
    """
    request.check()
    subjects = [one for path in request.models for one in subjects_of(path)]
    reference = reference_of(subjects)
    comparable = reference is not None or request.device != LOCAL
    evaluations = [
        _evaluation(request, one.graph, progress, labels_needed=not comparable) for one in subjects
    ]
    with (
        open_session(open_device(request.device), progress, request.runtime) as session,
        session.device.fixed_performance(),
    ):
        cores = cores_named(request.cores, session.device.observe())
        before = measure_peaks(session, request.threads, runner_cores(cores))
        repeats = _timed(request, session, subjects, cores)
        peaks = (before, measure_peaks(session, request.threads, runner_cores(cores)))
        results = [
            _result(request, session, subject, repeats[i], peaks, evaluations[i], cores)
            for i, subject in enumerate(subjects)
        ]
        with host_beside(session, needed=request.data is not None) as host:
            results = [
                replace(
                    result,
                    agreement=agreement_of(
                        subject, plan, session, host, reference, threads=request.threads
                    ),
                )
                for result, subject, plan in zip(results, subjects, evaluations, strict=True)
            ]
    return compared(results)


def _timed(
    request: BenchRequest, session: Session, subjects: Sequence[Subject], cores: Sequence[int]
) -> list[tuple[Repeat, ...]]:
    if request.sustained is None:
        return time_in_turns(session, subjects, timing_of(request, len(subjects), cores))
    return [time_sustained(session, one, timing_of(request, 1, cores)) for one in subjects]


def timing_of(request: BenchRequest, models: int, cores: Sequence[int]) -> Timing:
    """How `request` wants each of so many models to be timed."""
    once = request.sustained is not None
    return Timing(
        repeats=1 if once else request.repeats_of(models),
        seconds=request.sustained or request.seconds,
        threads=request.threads,
        cores=runner_cores(cores),
        seed=request.seed,
    )


def compared(results: Sequence[BenchResult]) -> list[BenchResult]:
    """The same, each with its comparison with the first."""
    first, *others = results
    base = medians(samples_of(first.repeats))
    return [
        first,
        *(
            replace(one, comparison=compare(base, medians(samples_of(one.repeats))))
            for one in others
        ),
    ]


def run_model(
    model: Path,
    inputs: Path,
    outputs: Path,
    device: str,
    raw: bool,
    progress: Progress,
    runtime: RuntimeChoice = TESTED,
) -> dict[str, tuple[int, ...]]:
    """Send the arrays of an .npz through a model and write what comes out as an .npz.

    Returns:
        The shape of each output array.

    Raises:
        ModelError, DataError, DeviceError, RunError, OutputError: as their names say.
    """
    runtime.check()
    files.check_writable(outputs, sources=(model, inputs))
    graph = read_file(model)
    with open_session(open_device(device), progress, runtime) as session:
        for warning in runtime_conditions(session.bundle.runtime):
            progress.warn(f"{warning.tag}: {warning.text}")
        specs = sample_inputs(graph)
        dataset = open_dataset(str(inputs), raw_specs(specs) if raw else specs, progress=progress)
        arrays = infer(session, model, graph, dataset.stream(), raw=raw)
    tensors.save_npz(outputs, arrays)
    return {name: array.shape for name, array in arrays.items()}


def runner_cores(cores: Sequence[int]) -> str:
    """Processors as the runner's argument."""
    return ",".join(map(str, cores))


def _result(
    request: BenchRequest,
    session: Session,
    subject: Subject,
    repeats: tuple[Repeat, ...],
    peaks: Sequence[Peaks],
    evaluation: Evaluation | None,
    cores: Sequence[int],
) -> BenchResult:
    info, path, graph = session.device.info, subject.path, subject.graph
    latency = summarize_latency(samples_of(repeats))
    records = [repeat.record for repeat in repeats]
    passes = make_passes(
        session,
        subject,
        threads=request.threads,
        cores=runner_cores(cores),
        isa=records[0].isa,
        profile=request.profile,
    )
    patterns = [one.patterns_gbps for one in peaks]
    bandwidth = bandwidth_of(bytes_moved(graph), latency.median, *patterns, dram=passes.dram)
    compute = compute_peaks([one.compute for one in peaks])
    roof = roof_of(bandwidth, compute, session.bundle.accelerator)
    accuracy = None
    if evaluation is not None and evaluation.metric is not None:
        accuracy = measure_accuracy(session, path, graph, evaluation, threads=request.threads)
    return BenchResult(
        model=subject.named(str(path)),
        sha256=files.sha256_file(path),
        size_bytes=path.stat().st_size,
        device=info,
        isa=records[0].isa,
        threads=request.threads,
        repeats=repeats,
        latency_us=latency,
        start_up=start_up_of(records),
        cached_start_up=passes.cached,
        bandwidth=bandwidth,
        memory=passes.memory,
        profile=passes.profile,
        causes=passes.causes,
        roofline=(
            model_point(graph, latency.median, roof),
            *(op_points(graph, passes.profile, roof) if passes.profile else ()),
        ),
        compute=compute,
        accuracy=accuracy,
        warnings=conditions_of(
            info, repeats, threads=request.threads, cores=cores, runtime=session.bundle.runtime
        ),
        runtime=session.bundle.runtime,
        accelerator=session.bundle.accelerator,
        windows=_windows(request, repeats),
        tokens=_tokens(graph),
    )


def _windows(request: BenchRequest, repeats: Sequence[Repeat]) -> tuple[Window, ...]:
    if request.sustained is None:
        return ()
    record = repeats[0].record
    return windows_of(record.samples_us, request.sustained, record.samples_at_us)


def _tokens(graph: Model) -> int | None:
    """What one run takes of a sequence; None for a model without a state."""
    state = state_of(graph)
    return (length_of(state.inputs(graph.signature())) or 1) if state else None


def _evaluation(
    request: BenchRequest, graph: Model, progress: Progress, *, labels_needed: bool
) -> Evaluation | None:
    if request.data is None:
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
