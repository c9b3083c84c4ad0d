"""The command `convert`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tflitekit.cli.options import (
    ACCURACY,
    AllowFloatOption,
    BatchOption,
    CustomObjectsOption,
    DataOption,
    EffortOption,
    EvalDataOption,
    FloatOption,
    InputShapeOption,
    Int16Option,
    Io,
    JsonOption,
    KernelsOption,
    MetricOption,
    ModelArgument,
    PrecisionOption,
    RangesOption,
    SamplesOption,
    SeedOption,
    StateFromOption,
    StateOption,
    StatsOption,
    TrustOption,
    shapes_of,
)


def convert(
    model: ModelArgument,
    data: DataOption,
    out: Annotated[
        Path, typer.Option("--out", "-o", readable=False, help="The .tflite file to write.")
    ],
    io: Annotated[
        Io | None,
        typer.Option(help="Type of the inputs and outputs; that of the activations if not given."),
    ] = None,
    samples: SamplesOption = 200,
    seed: SeedOption = 0,
    engine: Annotated[
        str, typer.Option(help="The quantizer: tflitekit, stock, litert-quantizer or best.")
    ] = "tflitekit",
    precision: PrecisionOption = "int8",
    ranges: RangesOption = "auto",
    effort: EffortOption = "low",
    int16: Int16Option = None,
    float32: FloatOption = None,
    kernels: KernelsOption = "auto",
    stats: StatsOption = None,
    max_drop: Annotated[
        str | None,
        typer.Option(
            metavar="LOSS",
            help="Search until at most this much accuracy is lost: 1% of the float model's, or "
            "0.3pt for points.",
            rich_help_panel=ACCURACY,
        ),
    ] = None,
    metric: MetricOption = None,
    eval_data: EvalDataOption = None,
    eval_samples: Annotated[
        int, typer.Option(min=1, help="How many held-out samples.", rich_help_panel=ACCURACY)
    ] = 1000,
    budget: Annotated[
        int,
        typer.Option(
            min=1, help="How many candidates --max-drop measures.", rich_help_panel=ACCURACY
        ),
    ] = 30,
    allow_float: AllowFloatOption = False,
    batch: BatchOption = 1,
    input_shape: InputShapeOption = None,
    state: StateOption = None,
    state_from: StateFromOption = None,
    trust: TrustOption = False,
    custom_objects: CustomObjectsOption = None,
    float_out: Annotated[
        Path | None,
        typer.Option(readable=False, help="Also keep the float .tflite here, for comparison."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Convert a model to int8 weights and activations, and prove that nothing stayed float."""
    from tflitekit import console
    from tflitekit.cost import Stopwatch
    from tflitekit.frontend.source import ModelSource
    from tflitekit.pipeline.build import build_artifact
    from tflitekit.pipeline.requests import ConvertRequest
    from tflitekit.quantize.accuracy.target import parse_target
    from tflitekit.quantize.recipe import Recipe
    from tflitekit.report.model_table import cost_facts, model_facts, quantization_facts

    stopwatch = Stopwatch()
    request = ConvertRequest(
        source=ModelSource(
            model,
            batch,
            shapes_of(input_shape or []),
            trust,
            custom_objects,
            state=tuple(state or ()),
            state_from=state_from,
        ),
        data=data,
        out=out,
        io=io.value if io else None,
        samples=samples,
        seed=seed,
        engine=engine,
        allow_float=allow_float,
        float_out=float_out,
        recipe=Recipe(precision, ranges, effort, tuple(int16 or ()), tuple(float32 or ()), kernels),
        stats=stats,
        target=parse_target(max_drop, budget) if max_drop else None,
        metric=metric,
        eval_data=eval_data,
        eval_samples=eval_samples,
    )
    manifest = build_artifact(request, console.Console()).manifest
    cost = stopwatch.cost()
    if json:
        # Not in the manifest, which the same inputs give to the byte.
        console.print_json(manifest | {"cost": asdict(cost)})
    else:
        facts = model_facts(manifest["model"]) + quantization_facts(manifest["quantization"])
        console.print_facts(str(out), facts + cost_facts(cost))
