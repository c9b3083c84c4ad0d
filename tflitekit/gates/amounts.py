"""Amounts as people write and read them: 150 kB, 1.5 MiB, 2 ms, 98 %, 2.1 M, 2.13. Pure.

A time needs its unit, for a bare number could be of any; a version needs quotes in TOML, for
2.10 would be the number 2.1. Other bare numbers are in the base unit: bytes, counts, fractions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from tflitekit.gates.quantities import Unit
from tflitekit.units import DIGITS, format_bytes, format_count, format_us

_THOUSANDS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_FRACTION = {"": Decimal(1), "%": Decimal("0.01")}
_SCALES: Mapping[Unit, Mapping[str, int | Decimal]] = {
    "bytes": {
        **{f"{prefix}B": scale for prefix, scale in _THOUSANDS.items()},
        **{"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30},
    },
    "count": _THOUSANDS,
    "macs": _THOUSANDS,
    "us": {"us": 1, "µs": 1, "μs": 1, "ms": 10**3, "s": 10**6},  # micro sign, and Greek mu
    "share": _FRACTION,
    "score": _FRACTION,
    "points": {"": 1, "pt": Decimal("0.01")},
    "number": {"": 1},
}
"""What one of each unit is in the base unit."""

EXAMPLES: Mapping[Unit, str] = {
    "bytes": "150 kB or 1.5 MiB",
    "count": "12",
    "macs": "2.1 M",
    "us": "2 ms",
    "share": "98 % or 0.98",
    "score": "98 % or 0.98",
    "points": "1 pt or 0.01",
    "number": "5.2",
    "version": "2.13 or 2.13.1, in quotes",
}
"""How an amount of each unit can be written."""

_SIGNED = ("score", "points", "number")
_AMOUNT = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*(\S*)", re.ASCII)
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?", re.ASCII)
_MOST_DIGITS = 17  # more tell no two doubles apart


def parse_amount(text: str | float, unit: Unit) -> float:
    """The value that an amount stands for, in the base unit of `unit`.

    Args:
        text: such as "150 kB", or a bare number.
        unit: see `Quantity.unit`.

    Raises:
        ValueError: it is no amount of this unit, or is negative and of a unit that only counts.
    """
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError(f"{text!r} is no amount; write such as {EXAMPLES[unit]}")
    if unit == "version":
        return _parse_version(text)
    number, suffix = _split(str(text), unit)
    value = float(number * _scale(suffix, text, unit))
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    if value < 0 and unit not in _SIGNED:
        raise ValueError(f"{text} is negative")
    if unit == "count" and value != round(value):
        raise ValueError(f"{text} is no whole number")
    return value


def format_amount(value: float, unit: Unit, digits: int = DIGITS) -> str:
    """A value for people; `parse_amount` gives it back, up to the digits that are shown.

    Args:
        value: in the base unit.
        unit: see `Quantity.unit`. A score beyond 1, such as a perplexity, is no share and has no
            percent sign.
        digits: how many are significant; a share has one more, as in 98.89 %.
    """
    value += 0.0  # no negative zero
    if unit == "version":
        major, minor, patch = _version_parts(value)
        return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"
    if unit == "share" or (unit == "score" and abs(value) <= 1):
        return f"{100 * value:.{digits + 1}g} %"
    if unit == "points":
        return f"{100 * value:.{digits}g} pt"
    if unit in ("score", "number"):
        return f"{value:.{digits + 1}g}"
    if unit == "bytes":
        return format_bytes(value, digits)
    return format_us(value, digits) if unit == "us" else format_count(value, digits)


def format_apart(values: Sequence[float], unit: Unit) -> tuple[str, ...]:
    """Values with as many digits as it takes to tell those apart that differ.

    So nobody reads that 150 kB is above a limit of 150 kB.
    """
    for digits in range(DIGITS, _MOST_DIGITS):
        texts = tuple(format_amount(value, unit, digits) for value in values)
        if len(set(texts)) == len(set(values)):
            break
    return texts


def format_difference(value: float, reference: float, unit: Unit) -> str:
    """How far a value is from another, with its sign: +3.2 kB; of fractions in points: -0.5 pt.

    Raises:
        ValueError: the unit is the version, of which there are no differences.
    """
    if unit == "version":
        raise ValueError("versions have no difference")
    difference = value - reference + 0.0
    if unit in ("share", "points") or (unit == "score" and max(abs(value), abs(reference)) <= 1):
        return f"{100 * difference:+.{DIGITS}g} pt"
    if unit in ("score", "number"):
        return f"{difference:+.{DIGITS}g}"
    sign = "+" if difference >= 0 else "-"
    return sign + format_amount(abs(difference), unit)


def _split(text: str, unit: Unit) -> tuple[Decimal, str]:
    matched = _AMOUNT.fullmatch(text.strip())
    if matched is None:
        raise ValueError(f"{text!r} is no amount; write such as {EXAMPLES[unit]}")
    return Decimal(matched[1]), matched[2]


def _scale(suffix: str, text: str | float, unit: Unit) -> int | Decimal:
    scales = _SCALES[unit]
    known = {name.lower(): scale for name, scale in scales.items()} if unit == "bytes" else scales
    scale = known.get(suffix.lower() if unit == "bytes" else suffix)
    if scale is not None:
        return scale
    if not suffix:
        raise ValueError(f"{text} needs its unit; write such as {EXAMPLES[unit]}")
    names = ", ".join(name for name in scales if name) or "none"
    raise ValueError(f"{suffix!r} in {text!r} is no unit here; use {names}")


def _parse_version(text: str | float) -> float:
    matched = _VERSION.fullmatch(text.strip()) if isinstance(text, str) else None
    if matched is None:
        raise ValueError(f"{text!r} is no version; write such as {EXAMPLES['version']}")
    major, minor, patch = (int(part or 0) for part in matched.groups())
    return float(major * 10**6 + minor * 10**3 + patch)


def _version_parts(value: float) -> tuple[int, int, int]:
    rest, patch = divmod(round(value), 1000)
    major, minor = divmod(rest, 1000)
    return major, minor, patch
