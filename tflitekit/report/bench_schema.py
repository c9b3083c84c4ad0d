"""What the JSON of `bench` holds, as types and as a JSON schema.

`bench_json` makes the document; a test holds real ones to this description, with no member more.
"""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict

from tflitekit.bench.accuracy import Accuracy
from tflitekit.bench.agreement import Agreement
from tflitekit.bench.bandwidth import Bandwidth
from tflitekit.bench.comparison import Comparison
from tflitekit.bench.compute import ComputePeak
from tflitekit.bench.conditions import Condition
from tflitekit.bench.int8_causes import Cause
from tflitekit.bench.memory import Memory
from tflitekit.bench.profile import OpProfile, PartitionProfile
from tflitekit.bench.records import StartUp
from tflitekit.bench.roofline import RooflinePoint
from tflitekit.bench.stats import LatencySummary
from tflitekit.bench.sustained import Window
from tflitekit.devices.observation import Observation
from tflitekit.report.bench_json import SCHEMA
from tflitekit.report.json_schema import document_schema
from tflitekit.runtime.elf import Libc


class DeviceDocument(TypedDict):
    """What a device says of itself.

    Attributes:
        uri: how the command line names it: "local" or "adb:SERIAL".
        abi: an Android ABI name, "arm64-v8a" or "x86_64".
        model: the maker's name for it.
        emulator: whether it is an emulator or a virtual device of Android.
        os: "android" or "linux".
        release: the version of the system.
        cores: logical processors.
        virtual: whether it is a virtual machine, which shares its processors with others.
        isa: the instruction sets of its processor.
    """

    uri: str
    abi: str
    model: str
    emulator: bool
    os: str
    release: str
    cores: int
    virtual: bool
    isa: list[str]


class RuntimeDocument(TypedDict):
    """The LiteRT library, and what it ran the model on.

    Attributes:
        source: the user's file; null for the library that the tool brings.
        sha256: of the library.
        version: as it tells, or as the hash is known for.
        libc: that it is linked to.
        tested: whether it is one that the tool was tested with.
        accelerator: what the model was asked to run on.
        fully_accelerated: whether all of it did.
    """

    source: str | None
    sha256: str
    version: str | None
    libc: Libc
    tested: bool
    accelerator: str
    fully_accelerated: bool | None


class ProfileDocument(TypedDict):
    """The time of one inference by op, in microseconds.

    Attributes:
        ops: all of the main subgraph, in its order.
        partitions: of XNNPACK, in the order of the run.
        profiled_us: an inference while it is profiled.
        rest_us: what of it was in no op: LiteRT's own, and the profiler's.
        unprofiled_us: one of starts just before and after, without a profiler.
        overhead: how many times as long an inference takes while it is profiled.
        call_us: what of a call is in no op.
        causes: why int8 is not faster.
    """

    ops: list[OpProfile]
    partitions: list[PartitionProfile]
    profiled_us: float
    rest_us: float
    unprofiled_us: float
    overhead: float
    call_us: float
    causes: list[Cause]


class SustainedDocument(TypedDict):
    """A long run.

    Attributes:
        windows: minute by minute.
        last_against_first: the median time of the last over that of the first.
    """

    windows: list[Window]
    last_against_first: float | None


class TokensDocument(TypedDict):
    """Of a model with a state.

    Attributes:
        per_run: how much of a sequence one run takes.
        us: the median time of a run by that.
        per_second: how many a second.
    """

    per_run: int
    us: float
    per_second: float


class ResidentDocument(TypedDict):
    """Resident memory of one cold start, in bytes.

    Attributes:
        rss_bytes: after the runs.
        peak_rss_bytes: the most.
    """

    rss_bytes: int | None
    peak_rss_bytes: int | None


class RepeatDocument(TypedDict):
    """One cold start: all that the runner said of it. Times are in microseconds.

    Attributes:
        start_us: starting the process.
        library_us: loading LiteRT.
        load_us: opening the model.
        compile_us: preparing it to run.
        warmup: the runs before timing began.
        samples_us: every timed inference.
        memory: of the process.
        cores: the processors that it was bound to.
        before, after: the state of the device.
    """

    start_us: float | None
    library_us: float | None
    load_us: float | None
    compile_us: float | None
    warmup: dict[str, Any]
    samples_us: list[float]
    memory: ResidentDocument
    cores: list[int]
    before: Observation
    after: Observation


class ResultDocument(TypedDict):
    """One model on one device.

    Attributes:
        model: the path as the user gave it.
        sha256, size_bytes: of the file.
        device: where it ran.
        threads: of the CPU kernels.
        cores: the processors that it was bound to.
        latency_us: of the timed inferences, in microseconds.
        start_up: the time until the first result.
        cached_start_up: the same with XNNPACK's packed weights in a file.
        comparison: with the first model; null for itself.
        sustained: a long run minute by minute; null where that was not asked for.
        tokens: null for a model without a state.
        memory: of a process that runs it; null where nobody looked.
        peak_rss_bytes: the most resident memory of any repeat.
        profile: the time of each op; null where nobody asked.
        roofline: the point of the model, and with a profile of each op.
        compute: the peak of the processor's arithmetic, by type.
        bandwidth: what the memory had to do.
        accuracy: null where no data were given.
        runtime: the LiteRT library that ran it.
        agreement: how far the answers agree with the host's, and with the float model's.
        warnings: conditions that make the numbers less than they look.
        repeats: the cold starts, in order; all else is made of them.
    """

    model: str
    sha256: str
    size_bytes: int
    device: DeviceDocument
    threads: int
    cores: list[int]
    latency_us: LatencySummary
    start_up: StartUp
    cached_start_up: StartUp | None
    comparison: Comparison | None
    sustained: SustainedDocument | None
    tokens: TokensDocument | None
    memory: Memory | None
    peak_rss_bytes: int
    profile: ProfileDocument | None
    roofline: list[RooflinePoint]
    compute: dict[str, ComputePeak]
    bandwidth: Bandwidth
    accuracy: Accuracy | None
    runtime: RuntimeDocument | None
    agreement: list[Agreement]
    warnings: list[Condition]
    repeats: list[RepeatDocument]


class BenchDocument(TypedDict):
    """What `tflitekit bench --json` writes.

    Attributes:
        schema: its number goes up when a member changes its meaning.
        order: the index of the model of each cold start.
        results: one a model.
        error: why the numbers are void; null where they are not.
    """

    schema: str
    order: list[int]
    results: list[ResultDocument]
    error: NotRequired[dict[str, Any] | None]


def bench_schema() -> dict[str, Any]:
    """The JSON schema of `bench_json`."""
    return document_schema(BenchDocument, SCHEMA)
