"""Numbers with units that people read at a glance."""

from __future__ import annotations


def format_bytes(count: float) -> str:
    """Bytes in powers of 1000, three digits."""
    return _scaled(count, ("B", "kB", "MB", "GB"))


def format_count(count: float) -> str:
    """A count in powers of 1000, three digits."""
    return _scaled(count, ("", "k", "M", "G")).rstrip()


def format_us(microseconds: float | None) -> str:
    """A time with a unit that leaves one to three digits before the point."""
    if microseconds is None:
        return "-"
    return _scaled(microseconds, ("µs", "ms", "s"))


def _scaled(value: float, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if abs(value) < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.4g} {units[-1]}"
