"""The command `merge`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tflitekit.cli.options import (
    JsonOption,
)


def merge(
    files: Annotated[
        list[str],
        typer.Argument(help=".tflite files, each FILE or KEY=FILE; the key is FILE's name."),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", readable=False, help="The .tflite file to write.")
    ],
    json: JsonOption = False,
) -> None:
    """Put models into one file, a signature each; equal weights are in it once."""
    from tflitekit import console
    from tflitekit.pipeline.inspecting import inspect_model
    from tflitekit.pipeline.merging import merge_models
    from tflitekit.report.model_table import model_facts

    merge_models(files, out)
    summary = inspect_model(out)
    if json:
        console.print_json(summary)
    else:
        console.print_facts(str(out), model_facts(summary))
