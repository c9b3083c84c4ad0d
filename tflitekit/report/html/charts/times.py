"""The unit in which a chart shows times, so that its axis has no zeros to count."""

from __future__ import annotations

from collections.abc import Iterable

_UNITS = ((1e6, "s"), (1e3, "ms"), (1.0, "µs"))


def time_unit(microseconds: Iterable[float]) -> tuple[float, str]:
    """What to divide microseconds by, and the name of that unit, for the largest of some times."""
    largest = max(microseconds, default=0.0)
    return next(((scale, name) for scale, name in _UNITS if largest >= scale), _UNITS[-1])


def in_title(name: str, unit: str) -> str:
    """A title of an axis."""
    return f"{name} ({unit})"
