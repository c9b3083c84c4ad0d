"""What the quantizer is asked to do, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tflitekit.errors import UsageError
from tflitekit.quantize.ranges import METHODS

Precision = Literal["int8", "int16x8"]
"""Types of the activations: int8, or int16 with int8 weights."""


@dataclass(frozen=True)
class Recipe:
    """The choices of one quantization.

    Attributes:
        precision: of the activations; weights are int8 in both.
        ranges: a name of `ranges.METHODS`.
    """

    precision: Precision = "int8"
    ranges: str = "auto"

    def check(self) -> None:
        """Refuse a choice that does not exist.

        Raises:
            UsageError: there is no such way to choose ranges.
        """
        if self.ranges not in METHODS:
            raise UsageError(
                "there is no such way to choose ranges",
                where=f"--ranges {self.ranges}",
                hint=f"Use {', '.join(METHODS)}",
            )

    @property
    def activations(self) -> str:
        """The activations' type."""
        return "int16" if self.precision == "int16x8" else "int8"
