"""16-bit fixed point of our kernels, defined once: android_bench/kernels/fixed_point.h.

Every vector unit can round the product of two int16 in units of 2**-15 and add int16 with
saturation, at twice the elements of float32. An output step is 2**shift units, so that what is
rounded on the way is far below it, or below a step of the operands where those are coarser.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ONE = 2**15
_MOST = 7
"""Of the exponent of units in an output step, so that 255 steps are an int16."""

_MOST_DOUBLINGS = 15


@dataclass(frozen=True)
class Units:
    """How units become output steps.

    Attributes:
        doublings: how often units are doubled before, where an output step is less than one.
        shift: an output step is 2**shift units then.
    """

    doublings: int
    shift: int

    @staticmethod
    def of(exponent: int) -> Units:
        """An output step is 2**exponent units."""
        return Units(min(max(-exponent, 0), _MOST_DOUBLINGS), max(exponent, 0))

    def bias(self, steps: float) -> int:
        """So many output steps and half of one, in units."""
        half = 1 << self.shift >> 1
        return to_int16(steps * (1 << self.shift)) + half


def times(x: NDArray[np.int64], y: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """x * y in units of 2**-15, rounded to such units, halves up."""
    return np.asarray((x * y + ONE // 2) >> 15)


def saturated(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """The nearest int16."""
    return np.clip(x, -ONE, ONE - 1)


def output_steps(
    units: NDArray[np.int64], doublings: int, bias: int, shift: int
) -> NDArray[np.int64]:
    """Output steps, before they are limited to int8; `bias` is of `Units.bias`."""
    for _ in range(doublings):
        units = saturated(2 * units)
    return saturated(units + bias) >> shift


def exponent_below(most: float) -> int:
    """Of the largest power of two that is at most `most`, and that 255 steps leave in int16."""
    return min(math.frexp(most)[1] - 1, _MOST)


def to_int16(value: float) -> int:
    """The nearest int16."""
    return int(np.clip(round(value), -ONE, ONE - 1))
