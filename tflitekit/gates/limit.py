"""What a budget asks of one quantity: a bound, or how much worse than the baseline it may be. Pure.

"2 %" is always of the baseline's value: 98 % accuracy that may lose 1 % may be 97.02 %. "1 pt" is a
percentage point, which is 0.01 of any score: it may be 97 %. An amount with a unit, such as "3 kB",
is a difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tflitekit.gates.amounts import format_amount, parse_amount
from tflitekit.gates.quantities import QUANTITIES, Quantity, Unit

LIMIT_KEYS: Mapping[str, str] = {
    "limit": "The worst value that is good enough",
    "regression": "The most that it may be worse than the baseline",
}
"""The keys of a limit that is a table, and what they mean."""

_POINT_UNITS = ("share", "score")


@dataclass(frozen=True)
class Tolerance:
    """How much worse than the baseline a value may be.

    Attributes:
        amount: not negative; a fraction of the baseline's value, or a difference in the base unit.
        relative: which of the two.
    """

    amount: float
    relative: bool = False

    def of(self, baseline: float) -> float:
        """The largest difference from this baseline, in the base unit; 0 % or more of 0 is 0."""
        return self.amount * abs(baseline) if self.relative else self.amount


@dataclass(frozen=True)
class Limit:
    """What a budget says of one quantity.

    Attributes:
        quantity: its name in `QUANTITIES`.
        bound: the worst value that is good enough, in the base unit; None for any.
        tolerance: the most that it may be worse than the baseline; None for any.
    """

    quantity: str
    bound: float | None = None
    tolerance: Tolerance | None = None

    @property
    def about(self) -> Quantity:
        """What is known of the quantity."""
        return QUANTITIES[self.quantity]

    @property
    def bound_words(self) -> str:
        """The bound, such as "at most 150 kB"; "" where there is none."""
        if self.bound is None:
            return ""
        side = "at most" if self.about.better == "lower" else "at least"
        return f"{side} {format_amount(self.bound, self.about.unit, digits=6)}"

    @property
    def tolerance_words(self) -> str:
        """The tolerance, such as "at most 5 % above the baseline"; "" where there is none."""
        if self.tolerance is None:
            return ""
        if self.tolerance.amount == 0:
            return "no worse than the baseline"
        side = "above" if self.about.better == "lower" else "below"
        return f"at most {tolerance_text(self.tolerance, self.about.unit)} {side} the baseline"

    def worst_allowed(self, baseline: float) -> float:
        """The worst value that is good enough beside a baseline; infinitely bad without a
        tolerance.
        """
        less = math.inf if self.tolerance is None else self.tolerance.of(baseline)
        return baseline + less if self.about.better == "lower" else baseline - less


def parse_limit(quantity: str, value: object) -> Limit:
    """What settings say of one quantity.

    Args:
        quantity: a name in `QUANTITIES`.
        value: a bound such as "150 kB" or 0, or a table with `limit`, `regression`, or both.

    Raises:
        ValueError: there is no such quantity, or it says no limit of it.
    """
    if quantity not in QUANTITIES:
        raise ValueError(f"there is no quantity {quantity}")
    unit = QUANTITIES[quantity].unit
    if not isinstance(value, Mapping):
        return Limit(quantity, _bound(value, QUANTITIES[quantity]))
    for key in value:
        if key not in LIMIT_KEYS:
            raise ValueError(f"there is no key {key}")
    if not value:
        raise ValueError("limits nothing; write limit, regression, or both")
    bound = _bound(value["limit"], QUANTITIES[quantity]) if "limit" in value else None
    if "regression" not in value:
        return Limit(quantity, bound)
    tolerance = parse_tolerance(value["regression"], unit)
    _check_resolution(tolerance, QUANTITIES[quantity])
    return Limit(quantity, bound, tolerance)


def parse_tolerance(value: object, unit: Unit) -> Tolerance:
    """How much worse than the baseline something of this unit may be: "2 %", "3 kB", "0.5 pt", 0.

    Raises:
        ValueError: it says no tolerance.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no tolerance; write {_examples(unit)}")
    text = str(value).strip()
    if text in ("0", "0.0"):
        return Tolerance(0.0)
    if unit == "version":
        raise ValueError(f"{value} is no tolerance of a version, which can only have 0")
    if text.endswith("%"):
        return Tolerance(parse_amount(text, "share"), relative=True)
    if unit in _POINT_UNITS and not text.endswith("pt"):
        raise ValueError(f"{value} may mean points or percent; write {_examples(unit)}")
    amount = parse_amount(value, _difference_unit(unit))
    if amount < 0:
        raise ValueError(f"{value} is negative")
    return Tolerance(amount)


def tolerance_text(tolerance: Tolerance, unit: Unit) -> str:
    """A tolerance as `parse_tolerance` reads it."""
    if tolerance.relative:
        return format_amount(tolerance.amount, "share")
    return format_amount(tolerance.amount, _difference_unit(unit))


def _difference_unit(unit: Unit) -> Unit:
    """What differences of amounts of a unit are in."""
    return "points" if unit in _POINT_UNITS else unit


def _bound(value: object, quantity: Quantity) -> float:
    if not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no amount, and no table with limit or regression")
    bound = parse_amount(value, quantity.unit)
    if quantity.unit == "share" and quantity.better == "higher" and bound > 1:
        raise ValueError(f"{value} is more than 100 %; write 98 % or 0.98")
    return bound


def _check_resolution(tolerance: Tolerance, quantity: Quantity) -> None:
    least = quantity.resolution
    if least and (tolerance.amount == 0 or (tolerance.relative and tolerance.amount < least)):
        raise ValueError(
            f"{tolerance_text(tolerance, quantity.unit)} is less than the "
            f"{format_amount(least, 'share')} by which two runs of one model may differ"
        )


def _examples(unit: Unit) -> str:
    examples: Mapping[Unit, str] = {
        "bytes": "3 kB or 2 %",
        "us": "0.1 ms or 5 %",
        "share": "0.5 pt or 1 %",
        "score": "0.5 pt or 1 %",
        "points": "0.5 pt",
        "version": "0",
    }
    return examples.get(unit, "1 or 2 %")
