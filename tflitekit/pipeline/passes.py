"""What is measured in starts of their own, in which nothing is timed that they would disturb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tflitekit.bench.agreement_runs import is_float
from tflitekit.bench.bandwidth import DramTraffic, measure_dram
from tflitekit.bench.int8_causes import Cause, why_not_faster
from tflitekit.bench.memory import Memory, measure_memory
from tflitekit.bench.profile import Profile, measure_profile
from tflitekit.bench.records import StartUp, start_up_of
from tflitekit.pipeline.subjects import Subject
from tflitekit.runtime.accelerator import CPU
from tflitekit.runtime.carried import with_state
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session

CACHED_STARTS = 3
"""Cold starts with a weight cache."""


@dataclass(frozen=True)
class Passes:
    """What came of them.

    Attributes:
        memory: of a process that runs the model.
        dram: traffic that hardware counters saw.
        cached: the start of a process that finds XNNPACK's packed weights in a file; None where the
            model has nothing to keep there.
        profile: the time of each op; None unless it was asked for.
        causes: why int8 is not faster, by the profile.
    """

    memory: Memory
    dram: DramTraffic
    cached: StartUp | None = None
    profile: Profile | None = None
    causes: tuple[Cause, ...] = ()


def make_passes(
    session: Session,
    subject: Subject,
    *,
    threads: int,
    cores: str,
    isa: Sequence[str],
    profile: bool,
) -> Passes:
    """Take every pass of a model.

    Args:
        threads: of the CPU kernels.
        cores: as the runner takes them.
        isa: the instruction sets of the processor.
        profile: whether to time each op, too.

    Raises:
        DeviceError: the device went away.
        RunError: a run failed.
    """
    path, graph = subject.path, subject.graph
    session.progress.step(f"Memory and weight cache of {subject.title}")
    memory = measure_memory(session, path, graph, threads=threads, cores=cores)
    dram = measure_dram(session, path, graph, threads=threads, cores=cores)
    cached = _cached(session, subject, threads, cores)
    if not profile:
        return Passes(memory, dram, cached)
    session.progress.step(f"Profiling {subject.title}")
    found = measure_profile(session, path, graph, threads=threads, cores=cores)
    causes = () if is_float(graph) else why_not_faster(found, graph, isa)
    return Passes(memory, dram, cached, found, causes)


def _cached(session: Session, subject: Subject, threads: int, cores: str) -> StartUp | None:
    if session.bundle.accelerator != CPU:
        return None
    spec = RunSpec(
        threads=threads,
        cores=cores,
        min_runs=1,
        seconds=0.0,
        warmup_seconds=0.0,
        weight_cache=True,
    )
    kept = with_state(spec, subject.graph)
    records = [session.run(kept, subject.path) for _ in range(CACHED_STARTS)]
    return start_up_of(records) if records[0].weight_cache.get("bytes") else None
