"""What models move a second, beside what the device's memory reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tflitekit.report.html.charts.bars import Bar, bars
from tflitekit.report.html.content import Spec


def bandwidth(
    models: Sequence[tuple[str, int, float]], peaks: Mapping[str, float], width: int
) -> Spec:
    """Bars of models and of patterns of access, in GB/s.

    Args:
        models: of each its label, the number of its colour, and what it moves.
        peaks: by pattern.
        width: in pixels.
    """
    return bars(
        [
            *(Bar(label, gbps, _rate(gbps), series) for label, series, gbps in models),
            *(Bar(f"device, {name}", gbps, _rate(gbps), _DEVICE) for name, gbps in peaks.items()),
        ],
        width,
    )


_DEVICE = 4
"""The colour of what is no model."""


def _rate(gbps: float) -> str:
    return f"{gbps:.3g} GB/s"
