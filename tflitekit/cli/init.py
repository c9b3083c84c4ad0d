"""The command `init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    model: Annotated[
        Path,
        typer.Argument(
            readable=False, help="What `convert` takes, or a converted .tflite to set budgets for."
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="Samples to calibrate and judge with, as in `convert`."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", readable=False, help="The file to write.")
    ] = Path("tflitekit.toml"),
) -> None:
    """Write a first tflitekit.toml for a model, with comments; never over one that is there."""
    from tflitekit import console
    from tflitekit.pipeline.first_settings import write_first_settings

    write_first_settings(model, data, out)
    console.print_text(str(out))
