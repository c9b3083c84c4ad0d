"""One measured value, how sure it is, and what it may be compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tflitekit.gates.quantities import QUANTITIES, Quantity

Interval = tuple[float, float]
"""From the lowest to the highest value that it may have."""


@dataclass(frozen=True)
class Measurement:
    """A value of one quantity of one model.

    Attributes:
        quantity: its name in `QUANTITIES`, which has the unit, too.
        value: what was measured.
        low, high: its 95 % interval, where it has one.
        device: what it was measured on, as the settings name it; None where the file tells.
        setting: what another value must have in common to be compared with it, such as processor
            and threads, or data set and samples.
        void: tags of the conditions that void it and that nobody allowed.

    Raises:
        ValueError: there is no such quantity.
    """

    quantity: str
    value: float
    low: float | None = None
    high: float | None = None
    device: str | None = None
    setting: Mapping[str, str] = field(default_factory=dict)
    void: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise ValueError(f"there is no quantity {self.quantity}")
        # A count, too, so that a report is the same where it was made and where it was read.
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if number is not None:
                object.__setattr__(self, name, float(number))

    @property
    def about(self) -> Quantity:
        """What is known of the quantity."""
        return QUANTITIES[self.quantity]

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval, with the value in it; None where there is none."""
        if self.low is None or self.high is None:
            return None
        return min(self.low, self.value), max(self.high, self.value)

    @property
    def range(self) -> Interval:
        """Where the true value is: of one that is the same every time, the value."""
        if self.about.deterministic or self.interval is None:
            return self.value, self.value
        return self.interval
