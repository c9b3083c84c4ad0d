"""Reports of `check` for tests that need no model."""

from __future__ import annotations

from tflitekit.gates.judge import judge
from tflitekit.gates.limit import parse_limit
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.report import SCHEMA, CheckedModel, CheckReport

SETTING = {"processor": "Cortex-A76", "runtime": "2.3", "threads": "1"}


def latency(median: float, **changes: object) -> Measurement:
    """A median in microseconds that is known to 1 %."""
    setting = {**SETTING, **{name: str(value) for name, value in changes.items()}}
    return Measurement("latency", median, median * 0.99, median * 1.01, "phone", setting)


def checked(name: str, *measurements: Measurement, **budget: object) -> CheckedModel:
    """A model that was held to a budget without a baseline."""
    by_name = {one.quantity: one for one in measurements}
    verdicts = (
        verdict
        for quantity, value in budget.items()
        for verdict in judge(name, parse_limit(quantity, value), by_name.get(quantity))
    )
    return CheckedModel(
        name=name,
        file=f"{name}.tflite",
        sha256="0" * 64,
        model={"size_bytes": 138_000},
        float_model=None,
        quantization=None,
        benches={},
        diagnosis=None,
        measurements=measurements,
        verdicts=tuple(verdicts),
    )


def report(
    *models: CheckedModel, commit: str | None = "a" * 40, time: str = "2026-11-21T18:00:00+00:00"
) -> CheckReport:
    """A check of models."""
    return CheckReport(SCHEMA, "0.1.0", "tflitekit.toml", commit, time, models)
