"""What a model takes of a device's memory, at the moments that decide whether an app is killed.

Android's low memory killer and `dumpsys meminfo` count PSS; what an app cannot give back without
swapping is its private dirty memory. Weights in a mapped file are neither private nor dirty: the
kernel can drop and read them again, so they are told apart from the arena.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tflitekit.graph import Model
from tflitekit.runtime.carried import with_state
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.run_record import MemoryRecord
from tflitekit.runtime.session import Session

MOMENTS = ("library", "model", "compiled", "peak", "after")
"""In the order of a process's life."""

_RUNS = 5


@dataclass(frozen=True)
class Moment:
    """Memory of the whole process, in bytes; None where the kernel does not tell.

    Attributes:
        pss: proportional set size.
        private_dirty: written pages of this process alone.
        swap: swapped out.
        rss: resident set size.
        anonymous: resident and of no file: LiteRT's arena, packed weights, the heap.
    """

    pss: int | None
    private_dirty: int | None
    swap: int | None
    rss: int | None
    anonymous: int | None


@dataclass(frozen=True)
class Memory:
    """Memory of one cold start, from a pass in which nothing is timed.

    Attributes:
        library: LiteRT is loaded, and nothing else.
        model: the file is opened.
        compiled: delegation, planning and packing are done.
        peak: the moment at which PSS was largest, looked at every few milliseconds.
        after: the runs.
        peak_rss: the kernel's own high-water mark of the resident set (VmHWM), which misses
            nothing in between.
        mapped_weights: resident parts of the model's file and of a weight cache, after the runs.
        arena: what is anonymous after the runs beyond what the library alone had: activations,
            packed weights, the graph.
    """

    library: Moment
    model: Moment
    compiled: Moment
    peak: Moment
    after: Moment
    peak_rss: int | None
    mapped_weights: int | None
    arena: int | None

    @property
    def cost(self) -> int | None:
        """PSS at the peak beyond the library's: what this model adds to an app with LiteRT."""
        return _difference(self.peak.pss, self.library.pss)


def measure_memory(
    session: Session,
    path: Path,
    graph: Model,
    *,
    threads: int = 1,
    cores: str = "",
    weight_cache: bool = False,
) -> Memory:
    """Start the runner once, to look at its memory.

    Raises:
        DeviceError: the device went away.
        RunError: the run failed.
    """
    spec = RunSpec(
        mode="memory",
        threads=threads,
        cores=cores,
        min_runs=_RUNS,
        seconds=0.0,
        weight_cache=weight_cache,
    )
    record = session.run(with_state(spec, graph), path)
    return memory_of(record.memory, record.peak_rss_bytes)


def memory_of(records: Sequence[MemoryRecord], peak_rss: int | None) -> Memory:
    """Put the moments of one run together.

    Args:
        records: one of each moment of `MOMENTS`, in any order.
        peak_rss: as the runner tells at its end.

    Raises:
        KeyError: a moment is missing: not the records of a run of mode "memory".
    """
    by_name = {record.when: record for record in records}
    library, after = by_name["library"], by_name["after"]
    return Memory(
        **{name: _moment(by_name[name]) for name in MOMENTS},
        peak_rss=peak_rss,
        mapped_weights=_sum(after.model_bytes, after.weight_cache_bytes),
        arena=_difference(after.anonymous_bytes, library.anonymous_bytes),
    )


def _moment(record: MemoryRecord) -> Moment:
    return Moment(
        pss=record.pss_bytes,
        private_dirty=record.private_dirty_bytes,
        swap=record.swap_bytes,
        rss=record.rss_bytes,
        anonymous=record.anonymous_bytes,
    )


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second


def _difference(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first - second
