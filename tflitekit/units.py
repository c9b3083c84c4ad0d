"""Numbers with units that people read at a glance."""

from __future__ import annotations

DIGITS = 3
"""Shown of a number, where nobody needs more."""


def format_bytes(count: float, digits: int = DIGITS) -> str:
    """Bytes in powers of 1000."""
    return _scaled(count, ("B", "kB", "MB", "GB"), digits)


def format_count(count: float, digits: int = DIGITS) -> str:
    """A count in powers of 1000."""
    return _scaled(count, ("", "k", "M", "G"), digits).rstrip()


def format_us(microseconds: float | None, digits: int = DIGITS) -> str:
    """A time with a unit that leaves one to three digits before the point."""
    if microseconds is None:
        return "-"
    return _scaled(microseconds, ("µs", "ms", "s"), digits)


def _scaled(value: float, units: tuple[str, ...], digits: int) -> str:
    *smaller, largest = units
    for power, unit in enumerate(smaller):
        scaled = value / 1000**power
        if abs(scaled) < 1000 - 0.5 * 10.0 ** (3 - digits):
            return f"{scaled:.{digits}g} {unit}"
    return f"{value / 1000 ** len(smaller):.{digits + 1}g} {largest}"
