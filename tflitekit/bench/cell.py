"""What one device found with one number of threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tflitekit.bench.conditions import Condition


@dataclass(frozen=True)
class Cell:
    """A cell of a matrix.

    Attributes:
        device: its URI.
        threads: of the CPU kernels.
        report: of all models, as `report.bench_json`; None where it failed.
        error: as `ToolkitError.as_dict`; None where it did not.
        reused: whether it was measured by an earlier command.
    """

    device: str
    threads: int
    report: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    reused: bool = False

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those of all its results."""
        results = self.report["results"] if self.report else ()
        return tuple(Condition(**warning) for result in results for warning in result["warnings"])
