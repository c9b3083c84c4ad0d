"""What a benchmark of one model on one device found."""

from __future__ import annotations

from dataclasses import dataclass

from tflitekit.bench.accuracy import Accuracy
from tflitekit.bench.agreement import Agreement
from tflitekit.bench.bandwidth import Bandwidth
from tflitekit.bench.conditions import Condition
from tflitekit.bench.stats import LatencySummary
from tflitekit.devices.base import DeviceInfo
from tflitekit.devices.observation import Observation
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
class BenchResult:
    """One model on one device.

    Attributes:
        model: the path as the user gave it.
        sha256, size_bytes: of the file.
        device: where it ran.
        isa: the instruction sets of its processor.
        threads: of the CPU kernels.
        latency_us: summary of `record.samples_us`.
        record: everything that the timing run said; the raw samples are in it.
        bandwidth: what the memory had to do.
        accuracy: None where no data were given.
        warnings: conditions that make the numbers less than they look.
        tokens: how much of a sequence one run takes; None for a model without a state.
        agreement: how far the answers agree with the host's, and with the float model's.
    """

    model: str
    sha256: str
    size_bytes: int
    device: DeviceInfo
    isa: tuple[str, ...]
    threads: int
    latency_us: LatencySummary
    record: RunRecord
    bandwidth: Bandwidth
    accuracy: Accuracy | None
    warnings: tuple[Condition, ...]
    tokens: int | None = None
    agreement: tuple[Agreement, ...] = ()

    @property
    def us_per_token(self) -> float | None:
        """The median time of a run by what it takes of a sequence; None without a state."""
        return None if self.tokens is None else self.latency_us.median / self.tokens
