"""Reach a stated accuracy: ties the search to the quantizer, the score and the sensitivities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tflitekit.errors import GateError, RunError
from tflitekit.graph.strict import check_strict
from tflitekit.progress import Progress
from tflitekit.quantize.accuracy.search import Group, Outcome, Step, search
from tflitekit.quantize.accuracy.target import Target
from tflitekit.quantize.job import QuantizeJob, Score
from tflitekit.quantize.quantizer import Candidate, Quantizer
from tflitekit.quantize.recipe import Recipe


def reach_target(
    job: QuantizeJob, quantizer: Quantizer, progress: Progress
) -> tuple[Candidate, dict[str, Any]]:
    """The cheapest candidate that keeps enough of the float model's score.

    Returns:
        The candidate, and what the manifest says of the search.

    Raises:
        ConversionError: ops that have no integer kernel are left in float.
        GateError: no candidate does, within the budget.
        ValueError: the job has no target or cannot score.
    """
    if job.target is None or job.score is None:
        raise ValueError("a search needs a target and a score")
    score, floor = job.score, job.target.floor(job.score.float_score)
    progress.step(
        f"Looking for {score.show(floor)} or better; float has {score.show(score.float_score)}"
    )

    def rank(recipe: Recipe) -> Sequence[Group]:
        from tflitekit.quantize.diagnosis.sensitivity import sensitivities

        ranked = sensitivities(quantizer, job.samples, recipe, progress)
        return [one.names for one in ranked]

    def make(recipe: Recipe) -> Candidate:
        candidate = quantizer.quantize(recipe)
        # Told before the first is measured: no range and no correction mends it.
        check_strict(
            candidate.model,
            job.allow_float,
            float_io=job.io == "float32",
            reasons=candidate.left_float,
        )
        return candidate

    def measure(flatbuffer: bytes) -> float:
        try:
            return score(flatbuffer)
        except RunError as error:
            # One form that the runtime refuses must not cost what the others have shown.
            progress.warn(f"this candidate does not run: {error.what}")
            return -math.inf

    outcome = search(
        job.recipe,
        make,
        measure,
        rank,
        floor=floor,
        budget=job.target.budget,
        allow_float=job.allow_float,
        tell=lambda step: progress.note(_line(step, score)),
    )
    if not outcome.best.reached:
        raise _missed(outcome, score, floor, job)
    progress.note(f"taking: {outcome.best.title}")
    return outcome.candidate, _facts(outcome, score, floor, job.target)


def _line(step: Step, score: Score) -> str:
    mark = "reached" if step.reached else "too low"
    macs = f"{100 * step.int8_macs:.1f} % of MACs in int8"
    value = score.show(step.score) if math.isfinite(step.score) else "no score"
    return f"{step.title}: {value}, {mark}, {macs}"


def _facts(
    outcome: Outcome[Candidate], score: Score, floor: float, target: Target
) -> dict[str, Any]:
    return {
        "accuracy": {
            "metric": score.metric,
            "samples": score.count,
            "float_score": score.float_score,
            "floor": floor,
            "score": outcome.best.score,
            "budget": target.budget,
            "steps": [step.as_dict() for step in outcome.steps],
        }
    }


def _missed(outcome: Outcome[Candidate], score: Score, floor: float, job: QuantizeJob) -> GateError:
    best = outcome.best
    allow = "" if job.allow_float else "--allow-float leaves the worst layers in float, "
    if job.io in ("int8", "uint8"):
        allow += "--io float32 keeps what 8 bits of output cannot tell apart, "
    return GateError(
        f"no candidate reaches {score.show(floor)}: the best of {len(outcome.steps)} is "
        f"{best.title!r} with {score.show(best.score)}, float has {score.show(score.float_score)}",
        where="--max-drop",
        hint=f"{allow}a larger --max-drop accepts the best, diagnose tells what costs the most",
    )
