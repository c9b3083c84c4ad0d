"""What is kept of the labels while samples pass, and what is wrong with them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import NDArray

from tflitekit.data.findings import DataFinding, Severity

FEW_LABELS = 6
"""Fewer equal labels than these may be chance: of two classes, five are one time in 16."""

_SHOWN = 5
_MOST_CLASSES = 10_000
"""More labels than this are not classes."""
_HINT = "Give samples of every class, in about the share in which they occur"


class LabelStats:
    """Counts labels by class.

    Args:
        classes: how many classes the model tells apart; None where it does not or is not known.
        needed: whether something is to be scored by the labels.
    """

    def __init__(self, classes: int | None, needed: bool) -> None:
        self._classes = classes
        self._needed = needed
        self._counts: Counter[int] = Counter()
        self._labelled = 0
        self._missing = 0

    def see(self, label: NDArray[Any] | None) -> None:
        """Take note of one sample's label; only single integers are classes."""
        if label is None:
            self._missing += 1
            return
        self._labelled += 1
        if label.ndim == 0 and label.dtype.kind in "iub" and len(self._counts) < _MOST_CLASSES:
            self._counts[int(label)] += 1

    def findings(self) -> Iterator[DataFinding]:
        """What is wrong with the labels."""
        if self._missing and (self._needed or self._labelled):
            text = f"{self._missing} of {self._missing + self._labelled} samples have no label"
            severity: Severity = "error" if self._needed else "warning"
            yield DataFinding("UNLABELLED", severity, text, "Label them: y, or [keys] label")
        if 0 < len(self._counts) < _MOST_CLASSES:
            yield from self._of_shares(self._counts)
            if self._classes is not None:
                yield from self._of_classes(self._counts, self._classes)

    def _of_shares(self, counts: Counter[int]) -> Iterator[DataFinding]:
        total = counts.total()
        if len(counts) == 1 and total >= FEW_LABELS and self._classes != 1:
            text = f"all {total} labels are {next(iter(counts))}"
            yield DataFinding("SINGLE_CLASS", "warning", text, _HINT)

    def _of_classes(self, counts: Counter[int], classes: int) -> Iterator[DataFinding]:
        absent = sorted(set(range(classes)) - set(counts))
        if absent and len(counts) > 1 and counts.total() >= enough_for(classes):
            text = f"{len(absent)} of {classes} classes have no sample: {_some(absent)}"
            yield DataFinding("MISSING_CLASSES", "warning", text, _HINT)
        outside = sorted(label for label in counts if not 0 <= label < classes)
        if outside:
            text = f"labels name none of the {classes} classes: {_some(outside)}"
            hint = "Number the classes from 0, as the model's outputs are"
            yield DataFinding("LABEL_RANGE", "warning", text, hint)


def enough_for(classes: int) -> float:
    """How many samples of `classes` equally frequent classes leave one out 5 % of the time.

    The coupon collector's limit: n (ln n + c) draws miss one of n with 1 - exp(-exp(-c)).
    """
    return classes * (math.log(classes) + 3)


def _some(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"{', '.join(map(str, numbers[:_SHOWN]))}{more}"
