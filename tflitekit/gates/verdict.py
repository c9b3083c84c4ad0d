"""What became of one limit of one model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tflitekit.gates.measurement import Measurement

Outcome = Literal["passed", "failed", "inconclusive"]

WORST_FIRST: tuple[Outcome, ...] = ("failed", "inconclusive", "passed")


@dataclass(frozen=True)
class Verdict:
    """Whether a limit holds.

    Attributes:
        model: its name in the settings.
        quantity: what is limited.
        device: where it was measured; None where the file tells.
        kind: a bound on the value itself, or on how much worse than the baseline it is.
        outcome: inconclusive where noise, conditions or a missing baseline leave it open.
        observed: what was measured; None where that failed.
        baseline: what a relative limit is relative to; None where there is none, or kind is
            `absolute`.
        limit: in words, with units, such as "at most 150 kB".
        reason: in words, why it is so.
    """

    model: str
    quantity: str
    device: str | None
    kind: Literal["absolute", "relative"]
    outcome: Outcome
    observed: Measurement | None
    baseline: Measurement | None
    limit: str
    reason: str


def worst_first(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """By outcome; those of one outcome in the order that they come in."""
    return sorted(verdicts, key=lambda verdict: WORST_FIRST.index(verdict.outcome))


def worst(verdicts: Iterable[Verdict]) -> Outcome:
    """The outcome of all together; passed of none."""
    found = {verdict.outcome for verdict in verdicts}
    return next((outcome for outcome in WORST_FIRST if outcome in found), "passed")
