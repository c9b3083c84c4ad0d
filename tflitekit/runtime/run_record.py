"""What one start of the runner said, record by record. See android_bench/PROTOCOL.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PortRecord:
    """An input or output as the runner sees it."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int


@dataclass(frozen=True)
class ClockRecord:
    """How fast the processor was at one moment, and where the process has run until then.

    Attributes:
        when: "before" or "after" the timed inferences.
        spin_us: a fixed number of integer steps; inversely proportional to the clock rate.
        cores: processors that the process was allowed to use.
        ran_on: processors on which a thread of it was seen.
    """

    when: str
    spin_us: float
    cores: tuple[int, ...]
    ran_on: tuple[int, ...]


@dataclass(frozen=True)
class MemoryRecord:
    """The memory of the process at one moment, in bytes; None where the kernel does not tell.

    Attributes:
        when: "library" (loaded), "model" (opened), "compiled", "after" the runs; or "peak".
        pss_bytes: proportional set size: a page that n processes share counts as its n-th part.
        private_dirty_bytes: pages of this process alone that it has written.
        swap_bytes: of it, swapped out.
        rss_bytes: resident set size.
        anonymous_bytes: resident and of no file: the arena, packed weights, the heap.
        model_bytes, weight_cache_bytes: resident parts of the mapped files.
    """

    when: str
    pss_bytes: int | None
    private_dirty_bytes: int | None
    swap_bytes: int | None
    rss_bytes: int | None
    anonymous_bytes: int | None
    model_bytes: int | None
    weight_cache_bytes: int | None


@dataclass(frozen=True)
class OpRecord:
    """What one op took.

    Attributes:
        name: LiteRT's name of the op, or XNNPACK's of one of its own.
        index: in the main subgraph, or within the partition.
        partition: of XNNPACK, numbered in the order of the run; None for an op outside.
        us: mean of the middle half of the runs.
    """

    name: str
    index: int
    partition: int | None
    us: float


@dataclass(frozen=True)
class CounterRecord:
    """What one hardware counter of memory traffic counted.

    Attributes:
        name: the unit and its event.
        read_bytes, written_bytes: None where the counter tells the other only.
        runs: inferences in that time.
        seconds: how long it counted.
    """

    name: str
    read_bytes: float | None
    written_bytes: float | None
    runs: int
    seconds: float


@dataclass(frozen=True)
class ComputeRecord:
    """What a processor computed at most, of mode "compute".

    Attributes:
        dtype: of the operands, "float32" or "int8".
        isa: the instruction set of the loop.
        gmacs: 10^9 multiply-accumulates per second of all threads, the best pass.
        passes: how many there were.
    """

    dtype: str
    isa: str
    gmacs: float
    passes: int


@dataclass(frozen=True)
class RunRecord:
    """Everything that one run said.

    Attributes:
        abi, isa, build: of the runner and its processor.
        inputs, outputs: in the order of the files in*.bin and out*.bin.
        start_us: processor time before the runner's first line: exec and the dynamic loader.
        library_us: loading and linking LiteRT.
        load_us, compile_us: opening the model, and preparing it to run.
        cores: processors that the run was allowed to use.
        weight_cache: the record of that type: `compile_us` of the process that wrote the cache,
            and `bytes` of the file, 0 where there was nothing to keep; empty without a cache.
        warmup: the record of that type; empty where there was none.
        samples_us: each timed inference, in order.
        samples_at_us: when each began, since the first.
        clocks: before and after the timed inferences.
        metric: the record of that type; empty where there was none.
        bandwidth_gbps: 10^9 bytes per second by access pattern.
        bandwidth_ordinary_gbps: the same without stores that pass the caches by.
        bandwidth_array_bytes: of each of its three arrays; 0 in another mode.
        compute: of mode "compute".
        memory: at each moment, of mode "memory".
        ops: of mode "profile".
        profiled_us: an inference in mode "profile", as `OpRecord.us`.
        rest_us: what of it was in no op.
        counters: of mode "counters".
        counters_reason: why there are no counters.
        cpu_us: processor time that the process used.
        rss_bytes, peak_rss_bytes: resident memory once loaded, and at most.
        noise: the last lines that were no records.
        fully_accelerated: whether every op runs on the accelerator that was asked for; None where
            that is the CPU, or the library cannot tell.
    """

    abi: str
    isa: tuple[str, ...]
    build: str
    inputs: tuple[PortRecord, ...] = ()
    outputs: tuple[PortRecord, ...] = ()
    start_us: float | None = None
    library_us: float | None = None
    load_us: float | None = None
    compile_us: float | None = None
    cores: tuple[int, ...] = ()
    weight_cache: dict[str, Any] = field(default_factory=dict)
    warmup: dict[str, Any] = field(default_factory=dict)
    samples_us: tuple[float, ...] = ()
    samples_at_us: tuple[float, ...] = ()
    clocks: tuple[ClockRecord, ...] = ()
    metric: dict[str, Any] = field(default_factory=dict)
    bandwidth_gbps: dict[str, float] = field(default_factory=dict)
    bandwidth_ordinary_gbps: dict[str, float] = field(default_factory=dict)
    bandwidth_array_bytes: int = 0
    compute: tuple[ComputeRecord, ...] = ()
    memory: tuple[MemoryRecord, ...] = ()
    ops: tuple[OpRecord, ...] = ()
    profiled_us: float | None = None
    rest_us: float | None = None
    counters: tuple[CounterRecord, ...] = ()
    counters_reason: str | None = None
    cpu_us: float | None = None
    rss_bytes: int | None = None
    peak_rss_bytes: int | None = None
    noise: tuple[str, ...] = ()
    fully_accelerated: bool | None = None


def assemble(by_type: dict[str, list[dict[str, Any]]], noise: tuple[str, ...]) -> RunRecord:
    """The whole from its records by type, "hello" and "done" among them."""

    def last(kind: str) -> dict[str, Any]:
        return by_type.get(kind, [{}])[-1]

    hello, ready = last("hello"), last("ready")
    samples = by_type.get("sample", [])
    return RunRecord(
        abi=hello["abi"],
        isa=tuple(hello["isa"]),
        build=hello["build"],
        inputs=tuple(map(_port, ready.get("inputs", []))),
        outputs=tuple(map(_port, ready.get("outputs", []))),
        start_us=hello.get("start_us"),
        library_us=ready.get("library_us"),
        load_us=ready.get("load_us"),
        compile_us=ready.get("compile_us"),
        cores=tuple(ready.get("cores", [])),
        weight_cache=_members(last("weight_cache")),
        warmup=last("warmup"),
        samples_us=tuple(record["us"] for record in samples),
        samples_at_us=tuple(record["at_us"] for record in samples),
        clocks=tuple(map(_clock, by_type.get("clock", []))),
        metric=last("metric"),
        bandwidth_gbps={one["pattern"]: one["gbps"] for one in by_type.get("bandwidth", [])},
        bandwidth_ordinary_gbps={
            one["pattern"]: one["ordinary_gbps"] for one in by_type.get("bandwidth", [])
        },
        bandwidth_array_bytes=last("bandwidth").get("array_bytes", 0),
        compute=tuple(ComputeRecord(**_members(one)) for one in by_type.get("compute", [])),
        memory=tuple(MemoryRecord(**_members(one)) for one in by_type.get("memory", [])),
        ops=tuple(map(_op, by_type.get("op", []))),
        profiled_us=last("profile").get("us"),
        rest_us=last("profile").get("rest_us"),
        counters=tuple(CounterRecord(**_members(one)) for one in by_type.get("counter", [])),
        counters_reason=last("counters").get("reason"),
        cpu_us=last("done").get("cpu_us"),
        rss_bytes=ready.get("rss_bytes"),
        peak_rss_bytes=last("done")["peak_rss_bytes"],
        noise=noise,
        fully_accelerated=ready.get("fully_accelerated"),
    )


def _members(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "t"}


def _port(port: dict[str, Any]) -> PortRecord:
    return PortRecord(port["name"], port["dtype"], tuple(port["shape"]), port["bytes"])


def _clock(record: dict[str, Any]) -> ClockRecord:
    cores, ran_on = tuple(record["cores"]), tuple(record["ran_on"])
    return ClockRecord(record["when"], record["spin_us"], cores, ran_on)


def _op(record: dict[str, Any]) -> OpRecord:
    partition = None if record["partition"] < 0 else record["partition"]
    return OpRecord(record["name"], record["index"], partition, record["us"])
