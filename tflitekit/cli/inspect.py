"""The command `inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tflitekit.cli.options import (
    JsonOption,
)


def inspect(
    file: Annotated[Path, typer.Argument(readable=False, help="A .tflite file.")],
    json: JsonOption = False,
) -> None:
    """Show what is in a model: ops, types, sizes, MACs, the oldest runtime, every float tensor."""
    from tflitekit import console
    from tflitekit.pipeline.inspecting import inspect_model
    from tflitekit.report.model_table import OP_HEADER, model_facts, op_rows

    summary = inspect_model(file)
    if json:
        console.print_json(summary)
        return
    console.print_facts(str(file), model_facts(summary))
    console.print_table("", OP_HEADER, op_rows(summary))
