"""What was measured, as rows of two tables: what each engine makes, and ours against the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tflitekit.quantize.engines.registry import OWN
from tflitekit.units import format_bytes
from tools.compare_engines.judge import Estimate, Value, difference, estimate, sqnr_db
from tools.compare_engines.measure import RIVALS, Made, Measured

ENGINES_HEADER = ("model", "engine", "size", "fully integer", "score", "± s.e.", "SQNR dB")
PAIRS_HEADER = (
    "model",
    "tflitekit against",
    "score",
    "± s.e.",
    "right by one alone",
    "SQNR dB",
    "± s.e.",
    "tflitekit is",
)
_NONE = "-"


@dataclass(frozen=True)
class Pair:
    """Our engine against another on one model.

    Attributes:
        model: its name.
        rival: the other engine.
        score: how much more ours scores.
        sqnr: how many decibels ours is closer to the float model.
        alone: how many samples a draw ours alone, and the other alone, gets right; None where the
            metric does not count samples.
    """

    model: str
    rival: str
    score: Estimate
    sqnr: Estimate
    alone: tuple[float, float] | None

    @property
    def verdict(self) -> str:
        """In which of the two figures ours is better or worse by more than noise."""
        figures = {"score": self.score, "SQNR": self.sqnr}
        worse = [name for name, one in figures.items() if one.is_loss]
        better = [name for name, one in figures.items() if one.is_gain]
        words = [f"worse in {name}" for name in worse] + [f"better in {name}" for name in better]
        return ", ".join(words) or "even"


@dataclass(frozen=True)
class Judged:
    """The figures of merit of one model."""

    measured: Measured

    @cached_property
    def score(self) -> Value:
        """The metric, the way that more is better."""
        metric, labels = self.measured.metric, self.measured.labels
        return lambda answers, rows: metric.score(metric.measure(answers, labels[rows]))

    @cached_property
    def sqnr(self) -> Value:
        """Against the float model's answers."""
        expected = self.measured.float_answers
        return lambda answers, rows: sqnr_db(expected[rows], answers)

    def engine_rows(self) -> Iterable[tuple[str, ...]]:
        """The float model and every engine."""
        one = self.measured
        score = estimate(one.float_answers[None], self.score)
        yield (one.name, "float", format_bytes(one.float_size), _NONE, *self._shown(score), _NONE)
        for engine, made in one.engines.items():
            if isinstance(made, str):
                yield (one.name, engine, _NONE, _NONE, f"fails: {made}", _NONE, _NONE)
                continue
            score, sqnr = (estimate(made.answers, value) for value in (self.score, self.sqnr))
            integer = "yes" if made.fully_integer else "no"
            size = format_bytes(made.size)
            yield (one.name, engine, size, integer, *self._shown(score), f"{sqnr.value:.1f}")

    def pairs(self) -> Iterable[Pair]:
        """Ours against each other engine, where both work."""
        ours = self.measured.engines[OWN]
        for rival in RIVALS:
            theirs = self.measured.engines[rival]
            if isinstance(ours, Made) and isinstance(theirs, Made):
                yield Pair(
                    self.measured.name,
                    rival,
                    difference(ours.answers, theirs.answers, self.score),
                    difference(ours.answers, theirs.answers, self.sqnr),
                    self._alone(ours.answers, theirs.answers),
                )

    def _shown(self, score: Estimate) -> tuple[str, str]:
        metric = self.measured.metric
        return metric.show(metric.score(score.value)), f"{100 * score.error:.2f}"

    def _alone(self, *both: NDArray[np.float64]) -> tuple[float, float] | None:
        if self.measured.metric.name != "top1":
            return None
        draws, count = both[0].shape[:2]
        scores = (answers.reshape(draws, count, -1) for answers in both)
        ours, theirs = (one.argmax(axis=-1) == self.measured.labels for one in scores)
        return float((ours & ~theirs).sum() / draws), float((theirs & ~ours).sum() / draws)


def pair_row(pair: Pair) -> tuple[str, ...]:
    """A row under `PAIRS_HEADER`; scores in hundredths."""
    alone = _NONE if pair.alone is None else " : ".join(f"{count:.1f}" for count in pair.alone)
    score, sqnr = pair.score, pair.sqnr
    return (
        pair.model,
        pair.rival,
        f"{100 * score.value:+.2f}",
        f"{100 * score.error:.2f}",
        alone,
        f"{sqnr.value:+.1f}",
        f"{sqnr.error:.1f}",
        pair.verdict,
    )


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)
