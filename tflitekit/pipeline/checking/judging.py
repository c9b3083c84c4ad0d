"""The limits of a model, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tflitekit.baseline.baseline import Baseline
from tflitekit.gates.judge import judge
from tflitekit.gates.limit import Limit
from tflitekit.gates.verdict import Verdict

if TYPE_CHECKING:
    from tflitekit.pipeline.checking.measuring import Measured
    from tflitekit.project.settings import ModelSettings

Limits = Sequence[tuple[str | None, Sequence[Limit]]]
"""By device; None for what files tell."""

OF_FILES = ("file", "float file")
"""Sources that need no run."""


def limits_of_files(model: ModelSettings) -> tuple[Limit, ...]:
    """The limits that files alone can be held to."""
    limits = model.limits_on(None).values()
    return tuple(limit for limit in limits if limit.about.source in OF_FILES)


def limits_of_runs(model: ModelSettings, device: str) -> tuple[Limit, ...]:
    """The other limits, on a device."""
    limits = model.limits_on(device).values()
    return tuple(limit for limit in limits if limit.about.source not in OF_FILES)


def judge_all(
    model: str, limits: Limits, measured: Measured, baseline: Baseline
) -> Iterator[Verdict]:
    """A verdict for each limit and kind.

    Args:
        model: its name in the settings.
        limits: of the model.
        measured: all that there is of the model.
    """
    found = {(one.quantity, one.device): one for one in measured.measurements}
    for device, ones in limits:
        for limit in ones:
            yield from judge(
                model,
                limit,
                found.get((limit.quantity, device)),
                baseline.find(model, limit.quantity, device),
                device=device,
                error=measured.errors.get(device or ""),
            )


def not_built(model: str, limits: Limits, error: str) -> Iterator[Verdict]:
    """The verdicts on a model that could not be built: it keeps none of its limits."""
    for device, ones in limits:
        for limit in ones:
            for verdict in judge(model, limit, None, device=device, error=error):
                yield replace(verdict, outcome="failed")
