"""What `check` found: the one document that every output format is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tflitekit.gates.measurement import Measurement
from tflitekit.gates.verdict import Outcome, Verdict, worst

SCHEMA = "tflitekit.check/1"


@dataclass(frozen=True)
class CheckedModel:
    """One model of the settings.

    Attributes:
        name: in the settings.
        file: that was checked.
        sha256: of it; "" where it could not be built.
        model: what `inspect` tells of it; None where it could not be built.
        float_model: the same of the float model; None where there is none.
        quantization: what `convert` tells of how it was made (`quantization` of its manifest); None
            where the file came without.
        benches: by device, the document of `bench` (tflitekit.bench), float model first where
            there is one; empty where nothing was timed.
        diagnosis: the document of `diagnose`; None where it was not asked for.
        measurements: everything that was measured, limited or not.
        verdicts: one for each limit.
        warnings: what else people should know.
        manifest: that lies beside the file, whole; None where the file came without.
    """

    name: str
    file: str
    sha256: str
    model: Mapping[str, Any] | None
    float_model: Mapping[str, Any] | None
    quantization: Mapping[str, Any] | None
    benches: Mapping[str, Mapping[str, Any]]
    diagnosis: Mapping[str, Any] | None
    measurements: tuple[Measurement, ...]
    verdicts: tuple[Verdict, ...]
    warnings: tuple[str, ...] = ()
    manifest: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CheckReport:
    """One run of `check`.

    Attributes:
        schema: `SCHEMA`; its number goes up when a member changes its meaning.
        version: of the tool.
        settings: the file with the budgets.
        commit: of the repository that it is in, with "+" where files differ from it; None outside.
        time: when it was made, ISO 8601 in UTC.
        models: in the order of the settings.
    """

    schema: str
    version: str
    settings: str
    commit: str | None
    time: str
    models: tuple[CheckedModel, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Of all models."""
        return tuple(verdict for model in self.models for verdict in model.verdicts)

    @property
    def outcome(self) -> Outcome:
        """Of everything together."""
        return worst(self.verdicts)
