"""What is wrong with a data set, as values that a manifest and a gate can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tflitekit.errors import DataError
from tflitekit.progress import Progress

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class DataFinding:
    """A fault of a data set, or a suspicion.

    Attributes:
        tag: one upper-case word that scripts can match; see `TAGS`.
        severity: "error" only where the data cannot be right for the model; "warning" where they
            may be.
        text: what was seen, without a final full stop.
        hint: what to do about it.
        where: the sample and input, where one is meant.
    """

    tag: str
    severity: Severity
    text: str
    hint: str
    where: str | None = None


TAGS: dict[str, str] = {
    "BAD_SAMPLE": "a sample has another shape or type, NaN or an infinity, or cannot be read",
    "CONSTANT": "all samples are equal, or an input never varies",
    "DUPLICATES": "samples come more than once",
    "EMPTY": "there is no sample",
    "FEW_SAMPLES": "too few samples to tell ranges from",
    "LABEL_RANGE": "a label names no class of the model",
    "MISSING_CLASSES": "there are classes without a sample",
    "ONE_SHOT": "the samples can be drawn only once",
    "RANGE": "values are outside of what the model takes, or is likely to have been trained on",
    "SINGLE_CLASS": "all labels are the same",
    "UNLABELLED": "labels are missing where they are needed, or on some samples",
}
"""Every tag and what it means."""


def enforce(findings: Sequence[DataFinding], place: str, progress: Progress) -> None:
    """Tell every warning, and refuse the data where there is an error.

    Args:
        findings: what was found.
        place: the data set, for findings without a place of their own.
        progress: hears the warnings.

    Raises:
        DataError: there are errors; all of them are in it.
    """
    for finding in findings:
        if finding.severity == "warning":
            where = finding.where or place
            progress.warn(f"{finding.tag}: {where}: {finding.text}. {finding.hint}")
    errors = [finding for finding in findings if finding.severity == "error"]
    if len(errors) == 1:
        (only,) = errors
        raise DataError(only.text, where=only.where or place, hint=only.hint or None)
    if errors:
        told = "; ".join(f"{one.where}: {one.text}" if one.where else one.text for one in errors)
        hints = dict.fromkeys(one.hint for one in errors if one.hint)
        raise DataError(f"{len(errors)} faults: {told}", where=place, hint=". ".join(hints) or None)
