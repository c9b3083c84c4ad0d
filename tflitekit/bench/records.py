"""What a benchmark of one model on one device found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tflitekit.bench.accuracy import Accuracy
from tflitekit.bench.agreement import Agreement
from tflitekit.bench.bandwidth import Bandwidth
from tflitekit.bench.comparison import Comparison
from tflitekit.bench.compute import ComputePeak
from tflitekit.bench.conditions import Condition
from tflitekit.bench.int8_causes import Cause
from tflitekit.bench.memory import Memory
from tflitekit.bench.profile import Profile
from tflitekit.bench.roofline import RooflinePoint
from tflitekit.bench.stats import Estimate, LatencySummary, estimate
from tflitekit.bench.sustained import Window
from tflitekit.devices.base import DeviceInfo
from tflitekit.devices.observation import Observation
from tflitekit.runtime.accelerator import CPU
from tflitekit.runtime.app_runtime import Runtime
from tflitekit.runtime.protocol import RunRecord


@dataclass(frozen=True)
class Repeat:
    """One cold start of the runner.

    Attributes:
        record: everything that it said; the raw samples are in it.
        before, after: the state of the device.
    """

    record: RunRecord
    before: Observation
    after: Observation


@dataclass(frozen=True)
class StartUp:
    """The phases of a cold process, in microseconds, each a figure of its own; None where the
    runner did not tell.

    Attributes:
        process_us: starting the process and loading LiteRT, whose pages are in memory already.
        load_us: opening the model, the pages of which are, too.
        compile_us: preparing it to run.
        first_us: the first inference.
        cold_us: all of them together, repeat by repeat.
    """

    process_us: Estimate | None
    load_us: Estimate | None
    compile_us: Estimate | None
    first_us: Estimate | None
    cold_us: Estimate | None


@dataclass(frozen=True)
class BenchResult:
    """One model on one device.

    Attributes:
        model: the path as the user gave it.
        sha256, size_bytes: of the file.
        device: where it ran.
        isa: the instruction sets of its processor.
        threads: of the CPU kernels.
        repeats: the cold starts, in order; everything below is made of them.
        latency_us: summary of the samples.
        start_up: the time until the first result.
        cached_start_up: the same with XNNPACK's packed weights in a file; None where there are none
            to keep, or nobody looked.
        bandwidth: what the memory had to do.
        accuracy: None where no data were given.
        warnings: conditions that make the numbers less than they look.
        comparison: with the first model; None for itself.
        windows: a long run minute by minute; empty where that was not asked for.
        tokens: how much of a sequence one run takes; None for a model without a state.
        agreement: how far the answers agree with the host's, and with the float model's.
        runtime: the LiteRT library that ran it.
        accelerator: what it was asked to run on; `record` tells whether all of it did.
        memory: of a process that runs it; None where nobody looked.
        profile: the time of each op; None where nobody asked.
        causes: why int8 is not faster, by the profile.
        roofline: the point of the model, and with a profile of each op.
        compute: the peak of the CPU's arithmetic by type, those that were measured.
    """

    model: str
    sha256: str
    size_bytes: int
    device: DeviceInfo
    isa: tuple[str, ...]
    threads: int
    repeats: tuple[Repeat, ...]
    latency_us: LatencySummary
    start_up: StartUp
    bandwidth: Bandwidth
    accuracy: Accuracy | None
    warnings: tuple[Condition, ...]
    comparison: Comparison | None = None
    windows: tuple[Window, ...] = ()
    tokens: int | None = None
    agreement: tuple[Agreement, ...] = ()
    runtime: Runtime | None = None
    accelerator: str = CPU
    cached_start_up: StartUp | None = None
    memory: Memory | None = None
    profile: Profile | None = None
    causes: tuple[Cause, ...] = ()
    roofline: tuple[RooflinePoint, ...] = ()
    compute: Mapping[str, ComputePeak] = field(default_factory=dict)

    @property
    def record(self) -> RunRecord:
        """That of the first repeat, for what all of them have in common."""
        return self.repeats[0].record

    @property
    def peak_rss_bytes(self) -> int:
        """The most resident memory of any repeat."""
        return max(repeat.record.peak_rss_bytes or 0 for repeat in self.repeats)

    @property
    def us_per_token(self) -> float | None:
        """The median time of a run by what it takes of a sequence; None without a state."""
        return None if self.tokens is None else self.latency_us.median / self.tokens


def samples_of(repeats: Sequence[Repeat]) -> list[tuple[float, ...]]:
    """The timed inferences of each repeat, in microseconds."""
    return [repeat.record.samples_us for repeat in repeats]


def start_up_of(records: Sequence[RunRecord]) -> StartUp:
    """The phases, of what the runner told in each cold start."""
    phases: tuple[Callable[[RunRecord], float | None], ...] = (
        _process_us,
        lambda record: record.load_us,
        lambda record: record.compile_us,
        lambda record: record.warmup.get("first_us"),
        _cold_us,
    )
    return StartUp(*(_estimated([of(one) for one in records]) for of in phases))


def _process_us(record: RunRecord) -> float | None:
    return _sum(record.start_us, record.library_us)


def _cold_us(record: RunRecord) -> float | None:
    first_us = record.warmup.get("first_us")
    return _sum(record.start_us, record.library_us, record.load_us, record.compile_us, first_us)


def _sum(*phases: float | None) -> float | None:
    told = [us for us in phases if us is not None]
    return sum(told) if len(told) == len(phases) else None


def _estimated(values: Sequence[float | None]) -> Estimate | None:
    told = [value for value in values if value is not None]
    return estimate(told) if len(told) == len(values) else None
