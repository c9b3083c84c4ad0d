"""Where the time of a model goes, op by op, from a pass of its own.

LiteRT times the ops that it runs itself; XNNPACK fuses and renames ops, and times what it made of
them. Both are kept: a partition has the kernels that XNNPACK ran and the ops of the model that they
stand for, and an op has a time of its own only where it is certain which kernel it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tflitekit.bench.kernel_names import pair_kernels
from tflitekit.graph import Model
from tflitekit.graph.accounting import op_bytes_moved, op_macs
from tflitekit.graph.partitions import partitions
from tflitekit.runtime.carried import with_state
from tflitekit.runtime.protocol import RunRecord, RunSpec
from tflitekit.runtime.run_record import OpRecord
from tflitekit.runtime.session import Session


@dataclass(frozen=True)
class OpProfile:
    """An op of the model.

    Attributes:
        index: in the main subgraph.
        name: of the op.
        output: the name of its first output.
        partition: of XNNPACK; None outside of all.
        us: its time; None where it is part of another kernel, or it is not certain of which.
        bytes: that it moves, see `graph.accounting`.
        macs: that it computes.
    """

    index: int
    name: str
    output: str
    partition: int | None
    us: float | None
    bytes: int
    macs: int


@dataclass(frozen=True)
class PartitionProfile:
    """What XNNPACK runs together.

    Attributes:
        us: of all its kernels.
        kernels: XNNPACK's names and microseconds, in their order.
        ops: indices of the model's ops in it; None where the partitions that LiteRT made are not
            those that the graph lets expect.
    """

    us: float
    kernels: tuple[tuple[str, float], ...]
    ops: tuple[int, ...] | None


@dataclass(frozen=True)
class Profile:
    """The time of one inference, in microseconds.

    Attributes:
        ops: all of the main subgraph, in its order.
        partitions: of XNNPACK, in the order of the run.
        profiled_us: an inference while it is profiled.
        rest_us: what of it was in no op: LiteRT's own, and the profiler's.
        unprofiled_us: one of starts just before and after, without a profiler.
    """

    ops: tuple[OpProfile, ...]
    partitions: tuple[PartitionProfile, ...]
    profiled_us: float
    rest_us: float
    unprofiled_us: float

    @property
    def overhead(self) -> float:
        """How many times as long an inference takes while it is profiled."""
        return self.profiled_us / self.unprofiled_us

    @property
    def outside(self) -> tuple[OpProfile, ...]:
        """The ops that LiteRT runs itself."""
        return tuple(op for op in self.ops if op.partition is None and op.us is not None)

    @property
    def ops_us(self) -> float:
        """All ops together."""
        return sum(op.us or 0.0 for op in self.outside) + sum(one.us for one in self.partitions)

    @property
    def call_us(self) -> float:
        """What LiteRT needs for a call besides the ops, as far as it is not the profiler's."""
        return max(0.0, self.rest_us - max(0.0, self.profiled_us - self.unprofiled_us))

    def share(self, us: float) -> float:
        """Of the time of all ops."""
        return us / self.ops_us if self.ops_us else 0.0


def measure_profile(
    session: Session,
    path: Path,
    graph: Model,
    *,
    threads: int = 1,
    cores: str = "",
    seconds: float = 1.0,
) -> Profile:
    """Profile one start of the runner, between two that are not profiled.

    Args:
        seconds: that each of the three times inferences.

    Raises:
        DeviceError: the device went away.
        RunError: a run failed.
    """
    spec = RunSpec(threads=threads, cores=cores, seconds=seconds, min_runs=5)
    quiet = with_state(spec, graph)
    before = session.run(quiet, path)
    profiled = session.run(replace(quiet, mode="profile"), path)
    after = session.run(quiet, path)
    return profile_of(graph, profiled, [*before.samples_us, *after.samples_us])


def profile_of(graph: Model, record: RunRecord, unprofiled_us: Sequence[float]) -> Profile:
    """Join what the runner said with the graph that it ran.

    Args:
        record: of mode "profile".
        unprofiled_us: samples of the same model without a profiler.
    """
    outside = {op.index: op for op in record.ops if op.partition is None}
    kernels = _by_partition(record.ops)
    expected = partitions(graph.main, outside)
    members = expected if len(expected) == len(kernels) else None
    times = {index: op.us for index, op in outside.items()}
    where: dict[int, int] = {}
    for number, indices in enumerate(members or []):
        where |= dict.fromkeys(indices, number)
        times |= _times_inside(graph, indices, kernels[number])
    return Profile(
        ops=_op_profiles(graph, times, where),
        partitions=tuple(
            PartitionProfile(
                us=sum(kernel.us for kernel in one),
                kernels=tuple((kernel.name, kernel.us) for kernel in one),
                ops=tuple(members[number]) if members else None,
            )
            for number, one in enumerate(kernels)
        ),
        profiled_us=record.profiled_us or 0.0,
        rest_us=record.rest_us or 0.0,
        unprofiled_us=float(np.median(unprofiled_us)),
    )


def _by_partition(ops: Sequence[OpRecord]) -> list[list[OpRecord]]:
    found: dict[int, list[OpRecord]] = {}
    for op in ops:
        if op.partition is not None:
            found.setdefault(op.partition, []).append(op)
    return [found[number] for number in sorted(found)]


def _times_inside(
    graph: Model, indices: Sequence[int], kernels: Sequence[OpRecord]
) -> dict[int, float]:
    names = [graph.main.ops[index].name for index in indices]
    pairs = pair_kernels(names, [kernel.name for kernel in kernels])
    return {indices[op]: kernels[kernel].us for op, kernel in pairs}


def _op_profiles(
    graph: Model, times: Mapping[int, float], where: Mapping[int, int]
) -> tuple[OpProfile, ...]:
    return tuple(
        OpProfile(
            index=index,
            name=op.name,
            output=op.outputs[0].name if op.outputs else "",
            partition=where.get(index),
            us=times.get(index),
            bytes=op_bytes_moved(op),
            macs=op_macs(op),
        )
        for index, op in enumerate(graph.main.ops)
    )
