"""The peak of a processor's arithmetic, measured as that of its memory is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.run_record import ComputeRecord
from tflitekit.runtime.session import Session

ComputeStart = tuple[ComputeRecord, ...]
"""What one start told: a record for each type and instruction set."""


@dataclass(frozen=True)
class ComputePeak:
    """What the same threads on the same cores compute at most in one type, in 10^9
    multiply-accumulates per second.

    Attributes:
        gmacs: with the best instruction set, over all starts.
        isa: that instruction set.
        isas_gmacs: the best of each that the processor has, over all starts.
        drift: how much `isa` changed from the first start to the last, as a share of the first;
            None with one start.
    """

    gmacs: float
    isa: str
    isas_gmacs: Mapping[str, float]
    drift: float | None = None


def measure_compute(
    session: Session, *, threads: int = 1, cores: str = "", seconds: float = 0.1
) -> ComputeStart:
    """What one start reaches in float32 and in int8, with every instruction set for them.

    Nothing on a processor without such an instruction set, which are AVX2 and FMA on x86-64.

    Args:
        seconds: for each type and instruction set.

    Raises:
        DeviceError, RunError: as `Session.run`.
    """
    spec = RunSpec(mode="compute", threads=threads, cores=cores, seconds=seconds)
    return session.run(spec).compute


def compute_peaks(starts: Sequence[ComputeStart]) -> Mapping[str, ComputePeak]:
    """By type the best of several starts, such as one before and one after a run."""
    types = dict.fromkeys(record.dtype for start in starts for record in start)
    return {dtype: _peak([_by_isa(start, dtype) for start in starts]) for dtype in types}


def _by_isa(start: ComputeStart, dtype: str) -> dict[str, float]:
    return {record.isa: record.gmacs for record in start if record.dtype == dtype}


def _peak(starts: Sequence[Mapping[str, float]]) -> ComputePeak:
    best: dict[str, float] = {}
    for rates in starts:
        for isa, gmacs in rates.items():
            best[isa] = max(gmacs, best.get(isa, 0.0))
    top = max(best, key=best.__getitem__)
    drift = starts[-1][top] / starts[0][top] - 1 if len(starts) > 1 else None
    return ComputePeak(best[top], top, best, drift)
