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
        str | None,
        typer.Option(
            metavar="URI",
            help="What tells the times: local, which is meant if nothing is said, adb or "
            "adb:SERIAL; none for no times.",
            rich_help_panel=EXPLORER,
        ),
    ] = None,
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
        int | None,
        typer.Option(
            min=1,
            max=65535,
            help="Of its server; a usual one that is free if not given.",
            rich_help_panel=EXPLORER,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show what is in a model: ops, types, sizes, MACs, the oldest runtime, every float tensor."""
    from tflitekit import console
    from tflitekit.pipeline.inspecting import inspect_model
    from tflitekit.report.model_table import OP_HEADER, model_facts, op_rows

    if explore and json:
        raise UsageError("shows a page and no JSON", where="--explore")
    if explore:
        from tflitekit.pipeline.exploring import PORT, ExploreRequest
        from tflitekit.pipeline.exploring import explore as show

        timed = None if device == "none" else device or "local"
        request = ExploreRequest(file, timed, tuple(node_data or ()), port or PORT)
        show(request, console.Console())
        return
    for option, given in (("--device", device), ("--node-data", node_data), ("--port", port)):
        if given is not None:
            raise UsageError("says how to --explore, which is not asked for", where=option)
    summary = inspect_model(file)
    if json:
        console.print_json(summary)
        return
    console.print_facts(str(file), model_facts(summary))
    console.print_table("", OP_HEADER, op_rows(summary))
