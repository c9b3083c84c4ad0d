"""On which line of `tflitekit.toml` a limit is."""

from __future__ import annotations

from tflitekit.gates.verdict import Verdict
from tflitekit.project.positions import Place, Positions

_KEYS = {"absolute": "limit", "relative": "regression"}


def limit_line(positions: Positions, verdict: Verdict) -> int:
    """The line of what a verdict is about, or of the innermost table around it that is there."""
    model: Place = ("models", verdict.model)
    limit: Place = (verdict.quantity, _KEYS[verdict.kind])
    if verdict.device is not None:
        own = positions.deepest((*model, "budget_on", verdict.device, *limit))
        if verdict.quantity in own[len(model) :]:
            return positions.line(own)
    return positions.line((*model, "budget", *limit))
