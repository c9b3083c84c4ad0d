"""What is known or supposed of an input's values, and when values contradict it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.findings import DataFinding, Severity
from tflitekit.data.recipe import FILE_NAME
from tflitekit.data.value_stats import ValueStats

_TOLERANCE = 1e-3
"""By what part of its width a range may be exceeded: rounding of resized pictures."""
_NARROW = 0.05
"""Data that fill less of their expected range than this part are suspicious."""
_WIDE = 20.0
"""Normalized values beyond this many units are suspicious; outliers in standard deviations are
seldom beyond it, and bytes into a model for 0 to 1 are always."""
_FAINT = 0.02
"""Answers of a first layer below this one say next to nothing to the second."""
_PIXELS = (100.0, 255.0)
"""Where the greatest value of pictures stored as bytes lies, unless they are all very dark."""


class Expectation(Protocol):
    """Something known or supposed about the values of one input."""

    def judge(self, name: str, seen: ValueStats) -> DataFinding | None:
        """What is wrong with the values of the input `name`, or None."""


@dataclass(frozen=True)
class Bounds:
    """Values are in [low, high].

    Attributes:
        certain: whether a value outside cannot be right.
        reason: what tells so, as in "<reason>, from 0 to 1".
        hint: what to do where they are not.
    """

    low: float
    high: float
    certain: bool
    reason: str
    hint: str

    def judge(self, name: str, seen: ValueStats) -> DataFinding | None:
        width = self.high - self.low
        slack = 0.0 if seen.whole else _TOLERANCE * width
        took = f"the values of input {name!r} go from {seen.minimum:g} to {seen.maximum:g}"
        expected = f"{self.reason}, from {self.low:g} to {self.high:g}"
        if seen.minimum < self.low - slack or seen.maximum > self.high + slack:
            severity: Severity = "error" if self.certain else "warning"
            return DataFinding("RANGE", severity, f"{took}, outside of {expected}", self.hint)
        if width > 0 and 0 < seen.maximum - seen.minimum < _NARROW * width and not seen.whole:
            text = f"{took}, a small part of {expected}"
            return DataFinding("RANGE", "warning", text, self.hint)
        return None


@dataclass(frozen=True)
class Normalization:
    """The model's first ops compute scale * x + offset, so it takes values as they are stored.

    Attributes:
        scale, offset: float64 [C] by index along the input's last axis, or [1] for all.
        ops: what they are, for people.
    """

    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    ops: str

    def judge(self, name: str, seen: ValueStats) -> DataFinding | None:
        ends = self.scale * seen.low + self.offset, self.scale * seen.high + self.offset
        spans = np.abs(ends[1] - ends[0])
        if np.abs(ends).max() <= _WIDE and (spans.max() >= _NARROW or spans.max() == 0):
            return None
        low, high = float(np.min(ends)), float(np.max(ends))
        return DataFinding(
            "RANGE",
            "warning",
            f"the values of input {name!r} go from {seen.minimum:g} to {seen.maximum:g}, which "
            f"the model's first ops ({self.ops}) turn into {low:.3g} to {high:.3g}, and not into "
            "values of about -1 to 1",
            "The model normalizes by itself: give it values as they were in training, not "
            "normalized twice",
        )


@dataclass(frozen=True)
class ScaledOnce:
    """The data set's `scale` is meant for stored integers.

    Attributes:
        scale: that factor.
    """

    scale: float

    def judge(self, name: str, seen: ValueStats) -> DataFinding | None:
        largest = max(abs(seen.minimum), abs(seen.maximum))
        if largest == 0 or largest > abs(self.scale) * (1 + _TOLERANCE):
            return None
        return DataFinding(
            "RANGE",
            "warning",
            f"the stored values of input {name!r} do not exceed 1, and {FILE_NAME} scales them by "
            f"{self.scale:g}: they may be scaled twice",
            f"Take preprocess.scale out of {FILE_NAME} if the stored values are scaled already",
        )


@dataclass(frozen=True)
class FirstWeights:
    """The input looks like a picture; the first weights are sized for what they were trained on.

    Those of a model for 0 to 1 are some hundred times as large as those of a model for bytes, also
    where the converter has folded a Rescaling layer into them.

    Attributes:
        gain: the median over the first op's outputs of the norm of their weights.
        op: what the first op is.
    """

    gain: float
    op: str

    def judge(self, name: str, seen: ValueStats) -> DataFinding | None:
        largest = max(abs(seen.minimum), abs(seen.maximum))
        answer = self.gain * largest
        took = f"the values of input {name!r} go from {seen.minimum:g} to {seen.maximum:g}"
        met = f"the model's first weights ({self.op}) answer them with about {answer:.2g}"
        if seen.minimum >= 0 and _PIXELS[0] < largest <= _PIXELS[1] and answer > _WIDE:
            return DataFinding(
                "RANGE",
                "warning",
                f"{took} like bytes, and {met}, as if made for 0 to 1 or -1 to 1",
                f"Set preprocess.scale (and mean, std) as in training in {FILE_NAME}; "
                "if it was trained on bytes, say range = [0, 255] there",
            )
        if 0 < largest <= 1 and answer < _FAINT:
            return DataFinding(
                "RANGE",
                "warning",
                f"{took}, and {met}, as if made for 0 to 255",
                "If the model scales its input by itself, give it values as they are stored; "
                f"if not, say range = [0, 1] in {FILE_NAME}",
            )
        return None
