"""The ladder to a stated accuracy, on made-up models whose score is a formula."""

from dataclasses import dataclass

import pytest

from tflitekit.quantize.accuracy.search import search
from tflitekit.quantize.recipe import Recipe

GROUPS = [(f"layer{i}", f"layer{i}/act") for i in range(12)]


@dataclass
class Fake:
    recipe: Recipe
    flatbuffer: bytes = b""
    int8_macs: float = 1.0


def climb(value_of, *, floor=0.9, budget=30, allow_float=False, groups=GROUPS):
    """Search where `value_of(recipe)` is the score; gives the outcome and how often was ranked."""
    made, ranked = [], []

    def make(recipe):
        wide = len(recipe.int16) + len(recipe.float32)
        made.append(Fake(recipe, b"x" * 10, 1 - wide / 100))
        return made[-1]

    def rank(recipe):
        ranked.append(recipe)
        return groups

    outcome = search(
        Recipe(),
        make,
        lambda _: value_of(made[-1].recipe),
        rank,
        floor=floor,
        budget=budget,
        allow_float=allow_float,
    )
    return outcome, ranked


def widened(recipe, dtype="int16"):
    return len(getattr(recipe, dtype)) // 2


def test_what_is_good_enough_at_once_is_taken():
    outcome, ranked = climb(lambda recipe: 0.95)
    assert len(outcome.steps) == 1
    assert outcome.best.recipe == Recipe()
    assert not ranked


def test_another_way_to_choose_ranges_is_tried_first():
    outcome, _ = climb(lambda recipe: 0.95 if recipe.ranges == "entropy" else 0.5)
    assert outcome.best.recipe == Recipe(ranges="entropy")
    assert all(step.recipe.effort == "low" for step in outcome.steps)


def test_corrections_go_on_from_the_best_ranges():
    def value(recipe):
        return (recipe.ranges == "mse") * 0.1 + {"low": 0.5, "medium": 0.6, "high": 0.85}[
            recipe.effort
        ]

    outcome, ranked = climb(value)
    assert outcome.best.recipe == Recipe(ranges="mse", effort="high")
    assert not ranked


@pytest.mark.parametrize("needed", range(1, 13))
def test_as_few_layers_as_possible_get_sixteen_bits(needed):
    outcome, ranked = climb(lambda recipe: 0.95 if widened(recipe) >= needed else 0.5)
    assert outcome.best.reached
    assert outcome.best.recipe.int16 == sum(GROUPS[:needed], ())
    assert outcome.candidate.recipe == outcome.best.recipe
    assert len(ranked) == 1
    assert len(outcome.steps) <= 16


def test_float_only_where_it_is_allowed():
    def value(recipe):
        return 0.95 if recipe.float32 else 0.5

    refused, _ = climb(value)
    assert not refused.best.reached
    assert not any(step.recipe.float32 for step in refused.steps)
    allowed, _ = climb(value, allow_float=True)
    assert allowed.best.reached
    assert widened(allowed.best.recipe, "float32") == 1


@pytest.mark.parametrize("budget", [1, 2, 5, 8, 11])
def test_the_budget_is_kept_and_the_best_so_far_is_told(budget):
    outcome, _ = climb(lambda recipe: 0.5 + widened(recipe) / 100, budget=budget)
    assert len(outcome.steps) == budget
    assert outcome.best.score == max(step.score for step in outcome.steps)


def test_a_budget_that_ends_in_the_bisection_keeps_what_was_reached():
    outcome, _ = climb(lambda recipe: 0.95 if widened(recipe) >= 5 else 0.5, budget=12)
    assert outcome.best.reached
    assert widened(outcome.best.recipe) >= 5


def test_every_step_is_told():
    steps = []
    search(
        Recipe(),
        Fake,
        lambda _: 0.0,
        lambda _: [],
        floor=1.0,
        budget=30,
        tell=steps.append,
    )
    assert [step.title for step in steps][:2] == ["as asked", "minmax ranges"]
    assert steps[0].as_dict()["reached"] is False


def test_a_negative_score_is_a_score():
    outcome, _ = climb(lambda recipe: -0.5 if recipe.effort == "medium" else -2.0, floor=-1.0)
    assert outcome.best.reached


def test_a_candidate_that_cannot_be_measured_is_never_the_best():
    outcome, _ = climb(lambda recipe: 0.5 if recipe.effort == "medium" else float("-inf"))
    assert outcome.best.recipe.effort == "medium"
    assert outcome.steps[0].as_dict()["score"] is None
