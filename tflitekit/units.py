"""Numbers with units that people read at a glance."""

from __future__ import annotations

from collections.abc import Sequence

DIGITS = 3
"""Shown of a number, where nobody needs more."""

BYTES = ("B", "kB", "MB", "GB")
COUNTS = ("", "k", "M", "G")
TIMES = ("µs", "ms", "s")


def format_bytes(count: float, digits: int = DIGITS) -> str:
    """Bytes in powers of 1000."""
    return _scaled(count, BYTES, digits)


def format_count(count: float, digits: int = DIGITS) -> str:
    """A count in powers of 1000."""
    return _scaled(count, COUNTS, digits).rstrip()


def format_us(microseconds: float | None, digits: int = DIGITS) -> str:
    """A time with a unit that leaves one to three digits before the point."""
    if microseconds is None:
        return "-"
    return _scaled(microseconds, TIMES, digits)


def plural(count: int, word: str) -> str:
    """How many there are of something."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def unit_of(value: float, units: Sequence[str], limit: float = 1000) -> tuple[float, str]:
    """What to divide a value by, and the name of the unit that it has then.

    Args:
        value: in the first unit.
        units: each 1000 times the one before, such as `TIMES`.
        limit: what a value in any unit but the last stays below.
    """
    for power, unit in enumerate(units[:-1]):
        if abs(value) / 1000**power < limit:
            return 1000.0**power, unit
    return 1000.0 ** (len(units) - 1), units[-1]


def _scaled(value: float, units: Sequence[str], digits: int) -> str:
    """A value that would round to 1000 has the next unit; the last one has a digit more."""
    scale, unit = unit_of(value, units, 1000 - 0.5 * 10.0 ** (3 - digits))
    return f"{value / scale:.{digits + (unit == units[-1])}g} {unit}"
