"""The pipelines, each a straight line of named steps over a frozen request.

build:   model + data -> lower -> sample -> quantize -> write objects -> verify -> artifact
diagnose: the same as far as quantize, then layer by layer
export:   kernels -> library, header, sources and how-to for an app
merging:  artifacts -> one file with a signature for each
measure: artifact -> device -> run -> evaluate -> summarize -> report
selftest: one artifact -> device -> run often -> compare it with itself
"""

from __future__ import annotations

from tflitekit.pipeline.build import build_artifact
from tflitekit.pipeline.diagnose import diagnose_model
from tflitekit.pipeline.export import ExportRequest, export
from tflitekit.pipeline.matrix import ALL, MatrixRequest, run_matrix
from tflitekit.pipeline.measure import benchmark, inspect_model, run_model
from tflitekit.pipeline.merging import merge_models
from tflitekit.pipeline.requests import (
    BenchRequest,
    ConvertRequest,
    DiagnoseRequest,
    SampleChoice,
)
from tflitekit.pipeline.selftest import DeviceTest, check_device
from tflitekit.runtime.choice import RuntimeChoice

__all__ = [
    "ALL",
    "BenchRequest",
    "ConvertRequest",
    "DeviceTest",
    "DiagnoseRequest",
    "ExportRequest",
    "MatrixRequest",
    "RuntimeChoice",
    "SampleChoice",
    "benchmark",
    "build_artifact",
    "check_device",
    "diagnose_model",
    "export",
    "inspect_model",
    "merge_models",
    "run_matrix",
    "run_model",
]
