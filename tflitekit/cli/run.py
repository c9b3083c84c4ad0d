"""The command `run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tflitekit.cli.options import (
    AcceleratorOption,
    DeviceOption,
    JsonOption,
    RunnerOption,
    RuntimeOption,
)


def run(
    file: Annotated[Path, typer.Argument(readable=False, help="A .tflite file.")],
    inputs: Annotated[Path, typer.Option(readable=False, help="An .npz with one array an input.")],
    outputs: Annotated[
        Path, typer.Option(readable=False, help="The .npz to write, one array an output.")
    ],
    device: DeviceOption = "local",
    raw: Annotated[
        bool, typer.Option("--raw", help="Neither quantize inputs nor dequantize outputs.")
    ] = False,
    runtime: RuntimeOption = None,
    runner: RunnerOption = None,
    accelerator: AcceleratorOption = "cpu",
    json: JsonOption = False,
) -> None:
    """Send samples through a model on a device and keep what comes out."""
    from tflitekit import console
    from tflitekit.pipeline.measure import run_model
    from tflitekit.runtime.choice import RuntimeChoice

    choice = RuntimeChoice(runtime, runner, accelerator)
    shapes = run_model(file, inputs, outputs, device, raw, console.Console(), choice)
    if json:
        console.print_json({"outputs": {name: list(shape) for name, shape in shapes.items()}})
    else:
        console.print_table(
            str(outputs),
            ("output", "shape"),
            [(name, " x ".join(map(str, shape))) for name, shape in shapes.items()],
        )
