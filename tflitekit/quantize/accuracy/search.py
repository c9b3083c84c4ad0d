"""Find a recipe that keeps the accuracy: cheap choices first, wider types only where they help.

A ladder: other ways to choose ranges, then corrections, then int16 for the layers that cost the
most, then, if allowed, float for them. Pure logic: who makes, scores and ranks is passed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from tflitekit.quantize.calibration.ranges import METHODS
from tflitekit.quantize.corrections.efforts import EFFORTS
from tflitekit.quantize.recipe import Recipe

Group = tuple[str, ...]
"""Names of layers or tensors that change their type together."""


class Made(Protocol):
    """A candidate as the search sees it."""

    @property
    def flatbuffer(self) -> bytes: ...

    @property
    def int8_macs(self) -> float: ...


C = TypeVar("C", bound=Made)


@dataclass(frozen=True)
class Step:
    """One scored candidate.

    Attributes:
        title: what was tried, for people.
        recipe: what it was made by.
        score: of the held-out samples; more is better; -inf where it cannot be measured.
        reached: whether the score is at or above the floor.
        int8_macs: the share of multiply-accumulate steps whose activations are int8.
        size_bytes: of the flatbuffer.
    """

    title: str
    recipe: Recipe
    score: float
    reached: bool
    int8_macs: float
    size_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON values."""
        return {
            "title": self.title,
            "ranges": self.recipe.ranges,
            "effort": self.recipe.effort,
            "int16": list(self.recipe.int16),
            "float32": list(self.recipe.float32),
            "score": self.score if math.isfinite(self.score) else None,
            "reached": self.reached,
            "int8_macs": self.int8_macs,
            "size_bytes": self.size_bytes,
        }


@dataclass(frozen=True)
class Outcome(Generic[C]):
    """What a search found.

    Attributes:
        steps: every scored candidate, in order.
        best: the one to take: the cheapest that reaches the floor, else that of the best score.
        candidate: what was made at that step.
    """

    steps: tuple[Step, ...]
    best: Step
    candidate: C


def search(
    start: Recipe,
    make: Callable[[Recipe], C],
    score: Callable[[bytes], float],
    rank: Callable[[Recipe], Sequence[Group]],
    *,
    floor: float,
    budget: int,
    allow_float: bool = False,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome[C]:
    """Climb the ladder until a candidate reaches `floor`.

    Args:
        start: tried first.
        make: a candidate by a recipe.
        score: of a flatbuffer; more is better.
        rank: groups of layers, those that cost the most first; called at most once.
        floor: the least score that will do.
        budget: how many candidates are scored at most; at least 1.
        allow_float: whether layers may be left in float when int16 does not do.
        tell: hears of each step.
    """
    climb: _Climb[C] = _Climb(make, score, floor, budget, tell)
    climb.attempt("as asked", start)
    for title, recipe in _ranges(start):
        climb.attempt(title, recipe)
    efforts = list(EFFORTS)
    for effort in efforts[efforts.index(start.effort) + 1 :]:
        climb.attempt(f"{effort} effort", replace(climb.best.recipe, effort=effort))
    if climb.goes_on:
        base = climb.best.recipe
        groups = [group for group in rank(base) if group]
        climb.widen("int16", base, groups)
        if allow_float:
            climb.widen("float32", climb.best.recipe, groups)
    return Outcome(tuple(climb.steps), climb.best, climb.candidate)


class _Climb(Generic[C]):
    """Scores candidates, and keeps the best."""

    def __init__(
        self,
        make: Callable[[Recipe], C],
        score: Callable[[bytes], float],
        floor: float,
        budget: int,
        tell: Callable[[Step], None],
    ) -> None:
        self._make, self._score, self._tell = make, score, tell
        self._floor, self._budget = floor, budget
        self.steps: list[Step] = []
        self.best: Step
        self.candidate: C

    @property
    def goes_on(self) -> bool:
        return len(self.steps) < self._budget and not self.best.reached

    def attempt(self, title: str, recipe: Recipe) -> None:
        """Score a candidate unless one has reached the floor or the budget is spent."""
        if not self.steps or self.goes_on:
            self.measure(title, recipe)

    def measure(self, title: str, recipe: Recipe) -> Step:
        made = self._make(recipe)
        value = self._score(made.flatbuffer)
        step = Step(
            title, recipe, value, value >= self._floor, made.int8_macs, len(made.flatbuffer)
        )
        self.steps.append(step)
        self._tell(step)
        if len(self.steps) == 1 or _is_better(step, self.best):
            self.best, self.candidate = step, made
        return step

    def widen(self, dtype: str, base: Recipe, groups: Sequence[Group]) -> None:
        """Give the worst groups a wider type: twice as many until it does, then as few as do."""
        failed, reached = 0, None
        while self.goes_on and failed < len(groups):
            count = min(max(2 * failed, 1), len(groups))
            if not self.try_count(dtype, base, groups, count):
                failed = count
            else:
                reached = count
        while reached is not None and reached - failed > 1 and len(self.steps) < self._budget:
            middle = (failed + reached) // 2
            if self.try_count(dtype, base, groups, middle):
                reached = middle
            else:
                failed = middle

    def try_count(self, dtype: str, base: Recipe, groups: Sequence[Group], count: int) -> bool:
        names = tuple(name for group in groups[:count] for name in group)
        what = f"{dtype} for the {count} worst of {len(groups)} layers"
        recipe = replace(base, int16=names) if dtype == "int16" else replace(base, float32=names)
        return self.measure(what, recipe).reached


def _ranges(start: Recipe) -> list[tuple[str, Recipe]]:
    others = [name for name in METHODS if name != start.ranges]
    return [(f"{name} ranges", replace(start, ranges=name)) for name in others]


def _is_better(step: Step, best: Step) -> bool:
    """Of two that reach the floor, the one with more int8; else the higher score."""
    if step.reached and best.reached:
        return step.int8_macs > best.int8_macs
    return step.score > best.score
