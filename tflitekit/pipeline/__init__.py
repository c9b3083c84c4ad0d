"""The two pipelines, each a straight line of named steps over a frozen request.

build:   model + data -> lower -> sample -> quantize -> write objects -> verify -> artifact
measure: artifact -> device -> run -> evaluate -> summarize -> report
"""

from __future__ import annotations

from tflitekit.pipeline.build import build_artifact
from tflitekit.pipeline.measure import benchmark, inspect_model, run_model
from tflitekit.pipeline.requests import BenchRequest, ConvertRequest

__all__ = [
    "BenchRequest",
    "ConvertRequest",
    "benchmark",
    "build_artifact",
    "inspect_model",
    "run_model",
]
