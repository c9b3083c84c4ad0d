"""The unit in which a chart shows times, so that its axis has no zeros to count."""

from __future__ import annotations

from collections.abc import Iterable

from tflitekit.units import TIMES, unit_of


def time_unit(microseconds: Iterable[float]) -> tuple[float, str]:
    """What to divide microseconds by, and the name of that unit, for the largest of some times."""
    return unit_of(max(microseconds, default=0.0), TIMES)


def in_title(name: str, unit: str) -> str:
    """A title of an axis."""
    return f"{name} ({unit})"
