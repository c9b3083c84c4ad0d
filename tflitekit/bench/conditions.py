"""What makes a number less than it looks. Conditions are values that a gate can see, not prints."""

from __future__ import annotations

from dataclasses import dataclass

from tflitekit.bench.stats import LatencySummary
from tflitekit.devices.base import DeviceInfo
from tflitekit.runtime.protocol import RunRecord

NOISY_TAIL = 1.25
FEW_SAMPLES = 30


@dataclass(frozen=True)
class Condition:
    """A tag on a result.

    Attributes:
        tag: one upper-case word that scripts can match.
        text: what was seen, and what to do about it.
    """

    tag: str
    text: str


def conditions_of(
    device: DeviceInfo, record: RunRecord, latency: LatencySummary
) -> tuple[Condition, ...]:
    """Every condition under which the run was taken that a reader should know."""
    found = []
    if device.emulator:
        found.append(
            Condition("EMULATOR", "times of an emulator or virtual device say nothing of a phone")
        )
    if record.warmup and not record.warmup["steady"]:
        runs = record.warmup["runs"]
        found.append(
            Condition("UNSTEADY", f"the time was still changing after {runs} warm-up runs")
        )
    if latency.n < FEW_SAMPLES:
        found.append(Condition("FEW_SAMPLES", f"{latency.n} samples only; raise --seconds"))
    if latency.p90 is not None and latency.p90 > NOISY_TAIL * latency.median:
        ratio = latency.p90 / latency.median
        found.append(Condition("NOISY", f"p90 is {ratio:.2f} times the median: other load?"))
    return tuple(found)
