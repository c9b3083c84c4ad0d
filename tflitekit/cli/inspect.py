"""The command `inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tflitekit.cli.options import JsonOption
from tflitekit.errors import UsageError

EXPLORER = "Model Explorer"


def inspect(
    file: Annotated[Path, typer.Argument(readable=False, help="A .tflite file.")],
    explore: Annotated[
        bool,
        typer.Option(
            "--explore",
            help="Open it in Google's Model Explorer, with bytes, MACs and times by op.",
            rich_help_panel=EXPLORER,
        ),
    ] = False,
    device: Annotated[
        str,
        typer.Option(
            metavar="URI",
            help="What tells the times: local, adb or adb:SERIAL; none for no times.",
            rich_help_panel=EXPLORER,
        ),
    ] = "local",
    node_data: Annotated[
        list[Path] | None,
        typer.Option(
            readable=False,
            metavar="FILE",
            help="What `diagnose --node-data` wrote, to be shown, too; may be repeated.",
            rich_help_panel=EXPLORER,
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(min=1, max=65535, help="Of its server.", rich_help_panel=EXPLORER),
    ] = 8080,
    json: JsonOption = False,
) -> None:
    """Show what is in a model: ops, types, sizes, MACs, the oldest runtime, every float tensor."""
    from tflitekit import console
    from tflitekit.pipeline.inspecting import inspect_model
    from tflitekit.report.model_table import OP_HEADER, model_facts, op_rows

    if explore and json:
        raise UsageError("shows a page and no JSON", where="--explore")
    if explore:
        from tflitekit.pipeline.exploring import ExploreRequest
        from tflitekit.pipeline.exploring import explore as show

        timed = None if device == "none" else device
        show(ExploreRequest(file, timed, tuple(node_data or ()), port), console.Console())
        return
    summary = inspect_model(file)
    if json:
        console.print_json(summary)
        return
    console.print_facts(str(file), model_facts(summary))
    console.print_table("", OP_HEADER, op_rows(summary))
