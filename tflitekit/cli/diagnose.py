"""The command `diagnose`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tflitekit.cli.options import (
    ACCURACY,
    BatchOption,
    CustomObjectsOption,
    DataOption,
    EffortOption,
    EvalDataOption,
    FloatOption,
    InputShapeOption,
    Int16Option,
    JsonOption,
    KernelsOption,
    ModelArgument,
    PrecisionOption,
    RangesOption,
    SamplesOption,
    SeedOption,
    StateOption,
    StatsOption,
    TrustOption,
    shapes_of,
)


def diagnose(
    model: ModelArgument,
    data: DataOption,
    samples: SamplesOption = 200,
    seed: SeedOption = 0,
    precision: PrecisionOption = "int8",
    ranges: RangesOption = "auto",
    effort: EffortOption = "low",
    int16: Int16Option = None,
    float32: FloatOption = None,
    kernels: KernelsOption = "auto",
    stats: StatsOption = None,
    eval_data: EvalDataOption = None,
    eval_samples: Annotated[
        int,
        typer.Option(
            min=1,
            max=1000,
            help="How many held-out samples to measure on.",
            rich_help_panel=ACCURACY,
        ),
    ] = 12,
    layers: Annotated[int, typer.Option(min=1, help="How many layers to show.")] = 20,
    node_data: Annotated[
        Path | None,
        typer.Option(
            readable=False, metavar="FILE", help="Also write this, to be loaded in Model Explorer."
        ),
    ] = None,
    batch: BatchOption = 1,
    input_shape: InputShapeOption = None,
    state: StateOption = None,
    trust: TrustOption = False,
    custom_objects: CustomObjectsOption = None,
    json: JsonOption = False,
) -> None:
    """Measure where quantization loses accuracy: each layer's noise, its cause, and what helps."""
    from tflitekit import console, files
    from tflitekit.frontend.source import ModelSource
    from tflitekit.pipeline.diagnose import diagnose_model
    from tflitekit.pipeline.requests import DiagnoseRequest, SampleChoice
    from tflitekit.quantize.recipe import Recipe
    from tflitekit.report.diagnosis_table import HEADER, diagnosis_rows, diagnosis_title
    from tflitekit.report.node_data import node_data as as_node_data

    if node_data is not None:
        files.check_writable(node_data, sources=(model, Path(data)))
    request = DiagnoseRequest(
        ModelSource(
            model,
            batch,
            shapes_of(input_shape or []),
            trust,
            custom_objects,
            state=tuple(state or ()),
        ),
        SampleChoice(data, samples, seed, eval_data, eval_samples),
        Recipe(precision, ranges, effort, tuple(int16 or ()), tuple(float32 or ()), kernels),
        stats,
    )
    diagnosis = diagnose_model(request, console.Console())
    if node_data is not None:
        files.write_whole(node_data, console.as_json(as_node_data(diagnosis)).encode())
    if json:
        console.print_json(diagnosis.as_dict())
    else:
        rows = diagnosis_rows(diagnosis, layers)
        console.print_table(diagnosis_title(diagnosis), HEADER, rows, numbers=False)
