"""Memory bandwidth as three numbers, each with where it comes from, never as one.

The bytes that the model must move are counted on the graph, the peak is measured on the device,
and what the DRAM really carried is known only where hardware counters can be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tflitekit.graph import Model
from tflitekit.runtime.carried import with_state
from tflitekit.runtime.protocol import RunRecord, RunSpec
from tflitekit.runtime.session import Session

NO_COUNTERS = "needs hardware counters of the memory controller, which were not read"


@dataclass(frozen=True)
class Peak:
    """What the memory gives to the same threads on the same cores, in 10^9 bytes per second.

    Attributes:
        patterns_gbps: the best of each access pattern, over all starts. The bytes are those that a
            pattern names, as STREAM counts them.
        drift: how much the best pattern changed from the first start to the last, as a share of the
            first; None with one start.
    """

    patterns_gbps: Mapping[str, float]
    drift: float | None = None

    @property
    def gbps(self) -> float | None:
        """Of the best pattern; None where none was measured."""
        return max(self.patterns_gbps.values(), default=None)


@dataclass(frozen=True)
class DramTraffic:
    """What the DRAM carried while the model ran, from hardware counters.

    Attributes:
        read_bytes, written_bytes: for one inference; None where no counter tells. Counters of a
            memory controller see all that the machine does.
        gbps: both together, in 10^9 bytes per second.
        sources: the counters.
        reason: why there is no figure; None where there is one.
    """

    read_bytes: float | None
    written_bytes: float | None
    gbps: float | None
    sources: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True)
class Bandwidth:
    """Bandwidths in 10^9 bytes per second.

    Attributes:
        model_bytes: bytes that one inference reads and writes, counted on the graph.
        effective_gbps: `model_bytes` over the median latency. Caches make more of it possible than
            the memory gives.
        peak_gbps: the best of the measured patterns, with the same number of threads.
        patterns_gbps: the measured peak by access pattern.
        peak_drift: see `Peak.drift`.
        dram_gbps: DRAM traffic from hardware counters; None where they cannot be read.
        dram_reason: why `dram_gbps` is None.
        dram_sources: the counters.
    """

    model_bytes: int
    effective_gbps: float
    peak_gbps: float | None
    patterns_gbps: Mapping[str, float]
    peak_drift: float | None
    dram_gbps: float | None
    dram_reason: str | None
    dram_sources: tuple[str, ...] = ()

    @property
    def share_of_peak(self) -> float | None:
        """What the model makes of the peak; None where that was not measured."""
        return self.effective_gbps / self.peak_gbps if self.peak_gbps else None


def measure_peak(
    session: Session, *, threads: int = 1, cores: str = "", seconds: float = 0.3
) -> Mapping[str, float]:
    """10^9 bytes per second by access pattern, of one start.

    Args:
        seconds: for each pattern.

    Raises:
        DeviceError, RunError: as `Session.run`.
    """
    spec = RunSpec(mode="bandwidth", threads=threads, cores=cores, seconds=seconds)
    return session.run(spec).bandwidth_gbps


def peak_of(starts: Sequence[Mapping[str, float]]) -> Peak:
    """The best of several starts, such as one before and one after a run."""
    best: dict[str, float] = {}
    for patterns in starts:
        for name, gbps in patterns.items():
            best[name] = max(gbps, best.get(name, 0.0))
    if len(starts) < 2 or not best:
        return Peak(best)
    top = max(best, key=best.__getitem__)
    return Peak(best, drift=starts[-1][top] / starts[0][top] - 1)


def measure_dram(
    session: Session,
    path: Path,
    graph: Model,
    *,
    threads: int = 1,
    cores: str = "",
    seconds: float = 1.0,
) -> DramTraffic:
    """Count what the DRAM carries while the model runs, in a pass of its own.

    Raises:
        DeviceError, RunError: as `Session.run`; not where counters cannot be read.
    """
    spec = RunSpec(mode="counters", threads=threads, cores=cores, seconds=seconds, min_runs=5)
    return dram_of(session.run(with_state(spec, graph), path))


def dram_of(record: RunRecord) -> DramTraffic:
    """Add up the counters of a run of mode "counters"."""
    counters = record.counters
    if not counters:
        return DramTraffic(None, None, None, (), record.counters_reason or NO_COUNTERS)
    names = tuple(dict.fromkeys(counter.name for counter in counters))
    read = _sum([one.read_bytes for one in counters])
    written = _sum([one.written_bytes for one in counters])
    if read is None and written is None:
        return DramTraffic(None, None, None, names, "the counters did not count")
    runs, seconds = counters[0].runs, counters[0].seconds
    return DramTraffic(
        read_bytes=None if read is None else read / runs,
        written_bytes=None if written is None else written / runs,
        gbps=((read or 0.0) + (written or 0.0)) / seconds * 1e-9,
        sources=names,
        reason=None,
    )


def bandwidth_of(
    model_bytes: int,
    median_us: float,
    *starts: Mapping[str, float],
    dram: DramTraffic | None = None,
) -> Bandwidth:
    """Put the counted bytes, the measured time, the measured peak and the counters together.

    Args:
        starts: what `measure_peak` gave, such as once before the run and once after.
    """
    peak = peak_of(starts)
    return Bandwidth(
        model_bytes=model_bytes,
        effective_gbps=model_bytes / median_us * 1e-3,
        peak_gbps=peak.gbps,
        patterns_gbps=dict(peak.patterns_gbps),
        peak_drift=peak.drift,
        dram_gbps=dram.gbps if dram else None,
        dram_reason=dram.reason if dram else NO_COUNTERS,
        dram_sources=dram.sources if dram else (),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
