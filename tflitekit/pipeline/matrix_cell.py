"""A cell of a matrix, in the child of its device."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tflitekit.pipeline.measure import benchmark
from tflitekit.pipeline.requests import BenchRequest
from tflitekit.progress import Progress
from tflitekit.report.bench_json import bench_json
from tflitekit.runtime.choice import RuntimeChoice


def measure(progress: Progress, *, request: Mapping[str, Any]) -> dict[str, Any]:
    """The child's job: what `request` asks for, as `report.bench_json`."""
    return bench_json(benchmark(request_of(request), progress))


def request_of(asked: Mapping[str, Any]) -> BenchRequest:
    """The request that went through JSON."""
    choice = asked["runtime"]
    runtime = RuntimeChoice(
        library=_path(choice["library"]),
        runner=_path(choice["runner"]),
        accelerator=choice["accelerator"],
    )
    models = [Path(path) for path in asked["models"]]
    return BenchRequest(**{**asked, "models": models, "runtime": runtime})


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
