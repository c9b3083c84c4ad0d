"""Time models in cold starts that take turns."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from tflitekit.bench.records import Repeat
from tflitekit.bench.schedule import schedule
from tflitekit.devices.local import URI as LOCAL
from tflitekit.pipeline.subjects import Subject
from tflitekit.progress import SILENT, Advance
from tflitekit.runtime.carried import with_state
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session

MIN_SAMPLES = 50
"""Of each model, over all repeats, however slow it is."""

MIN_SAMPLES_A_REPEAT = 5

WARMUP_S, LONG_WARMUP_S = 1.0, 5.0
"""When a start stops to wait for a steady time: as long as it is timed, but within these. Under
load that comes and goes none gets steady, and the time is better spent on another start."""

SUSTAINED_SAMPLES = 50_000
"""Kept of a long run: enough for every minute of a day, in some megabytes."""


@dataclass(frozen=True)
class Timing:
    """How long and how often.

    Attributes:
        repeats: cold starts of each model.
        seconds: how long to time each model, over all repeats.
        threads, cores, seed: as `RunSpec`.
    """

    repeats: int
    seconds: float
    threads: int = 1
    cores: str = ""
    seed: int = 0

    def spec(self) -> RunSpec:
        """One start of the runner."""
        seconds = self.seconds / self.repeats
        return RunSpec(
            mode="bench",
            threads=self.threads,
            cores=self.cores,
            seconds=seconds,
            seed=self.seed,
            min_runs=max(MIN_SAMPLES_A_REPEAT, math.ceil(MIN_SAMPLES / self.repeats)),
            max_seconds=max(60.0, 2 * seconds),
            warmup_seconds=min(max(WARMUP_S, seconds), LONG_WARMUP_S),
        )


def time_in_turns(
    session: Session, subjects: Sequence[Subject], timing: Timing
) -> list[tuple[Repeat, ...]]:
    """The repeats of each subject, which took turns as `schedule` says.

    The device is looked at between every two starts, which is after the one and before the next.

    Raises:
        DeviceError: the device went away.
        RunError: a run failed.
    """
    names, info = ", ".join(subject.title for subject in subjects), session.device.info
    session.progress.step(f"Timing {names} on {info.uri}: {_told(timing, len(subjects))}")
    stored = [session.device.store(one.path, session.progress) for one in subjects]
    specs = [with_state(timing.spec(), one.graph) for one in subjects]
    order = schedule(len(subjects), timing.repeats)
    repeats: list[list[Repeat]] = [[] for _ in subjects]
    before = session.device.observe()
    with moving(session, f"Timing {names}", len(order)) as advance:
        for index in order:
            record = session.run(specs[index], stored[index])
            after = session.device.observe()
            repeats[index].append(Repeat(record, before, after))
            before = after
            advance(1)
    return [tuple(one) for one in repeats]


def time_sustained(session: Session, subject: Subject, timing: Timing) -> tuple[Repeat, ...]:
    """The one repeat of a long run, of which some `SUSTAINED_SAMPLES` inferences are timed.

    How many are run for each that is timed is told by a short start before it.

    Raises:
        DeviceError, RunError: as `time_in_turns`.
    """
    stored = session.device.store(subject.path, session.progress)
    spec = with_state(timing.spec(), subject.graph)
    short = session.run(replace(spec, seconds=0.1, min_runs=MIN_SAMPLES_A_REPEAT), stored)
    expected = timing.seconds * 1e6 / statistics.median(short.samples_us)
    stride = max(1, math.ceil(expected / SUSTAINED_SAMPLES))
    title = f"Timing {subject.title} on {session.device.info.uri}"
    session.progress.step(f"{title} for {timing.seconds:g} s at a stretch, {_threads(timing)}")
    before = session.device.observe()
    with moving(session, title):
        # More than are expected, for the short start may have been hindered.
        long = replace(spec, stride=stride, max_runs=4 * SUSTAINED_SAMPLES)
        record = session.run(long, stored)
    return (Repeat(record, before, session.device.observe()),)


def moving(
    session: Session, title: str, total: int | None = None
) -> AbstractContextManager[Advance]:
    """A bar that moves, but not on the machine that is measured: drawing takes its processor."""
    silent = session.device.info.uri == LOCAL
    return (SILENT if silent else session.progress).bar(title, total)


def _told(timing: Timing, models: int) -> str:
    starts = "1 cold start" if timing.repeats == 1 else f"{timing.repeats} cold starts"
    each = " of each, taking turns" if models > 1 else ""
    return f"{starts}{each}, {timing.seconds / timing.repeats:g} s each, {_threads(timing)}"


def _threads(timing: Timing) -> str:
    return f"threads: {timing.threads}"
