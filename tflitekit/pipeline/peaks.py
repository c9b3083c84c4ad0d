"""What a device can do at most, which is measured before and after the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tflitekit.bench.bandwidth import Bandwidth, measure_peak
from tflitekit.bench.compute import ComputePeak, ComputeStart, measure_compute
from tflitekit.bench.roofline import Roof
from tflitekit.pipeline.timing import moving
from tflitekit.runtime.accelerator import CPU
from tflitekit.runtime.session import Session


@dataclass(frozen=True)
class Peaks:
    """What was reached once, by the same threads on the same cores.

    Attributes:
        patterns_gbps: of the memory, by access pattern.
        compute: of the arithmetic, by type and instruction set.
    """

    patterns_gbps: Mapping[str, float]
    compute: ComputeStart


def measure_peaks(session: Session, threads: int, cores: str) -> Peaks:
    """Measure memory and arithmetic.

    Args:
        cores: as the runner takes them.

    Raises:
        DeviceError, RunError: as `Session.run`.
    """
    title = f"Measuring the peaks of memory and arithmetic of {session.device.info.model}"
    session.progress.step(title)
    with moving(session, title):
        return Peaks(
            measure_peak(session, threads=threads, cores=cores),
            measure_compute(session, threads=threads, cores=cores),
        )


def roof_of(bandwidth: Bandwidth, compute: Mapping[str, ComputePeak], accelerator: str) -> Roof:
    """The roof over a model. The arithmetic was measured on the CPU, and bounds no other unit."""
    known = compute if accelerator == CPU else {}
    return Roof(bandwidth.peak_gbps, {dtype: peak.gmacs for dtype, peak in known.items()})
