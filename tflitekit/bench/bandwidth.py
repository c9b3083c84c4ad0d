"""Memory bandwidth as three numbers, each with where it comes from, never as one.

The bytes that the model must move are counted on the graph, the peak is measured on the device,
and what the DRAM really carried is known only where hardware counters can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NO_COUNTERS = "needs hardware counters of the memory controller, which were not read"


@dataclass(frozen=True)
class Bandwidth:
    """Bandwidths in 10^9 bytes per second.

    Attributes:
        model_bytes: bytes that one inference reads and writes, counted on the graph.
        effective_gbps: `model_bytes` over the median latency.
        peak_gbps: the best of the measured patterns, with the same number of threads.
        patterns_gbps: the measured peak by access pattern.
        dram_gbps: DRAM traffic from hardware counters; None where they cannot be read.
        dram_reason: why `dram_gbps` is None.
    """

    model_bytes: int
    effective_gbps: float
    peak_gbps: float | None
    patterns_gbps: Mapping[str, float]
    dram_gbps: float | None
    dram_reason: str | None


def bandwidth_of(model_bytes: int, median_us: float, patterns: Mapping[str, float]) -> Bandwidth:
    """Put the counted bytes, the measured time and the measured peak together."""
    return Bandwidth(
        model_bytes=model_bytes,
        effective_gbps=model_bytes / median_us * 1e-3,
        peak_gbps=max(patterns.values(), default=None),
        patterns_gbps=dict(patterns),
        dram_gbps=None,
        dram_reason=NO_COUNTERS,
    )
