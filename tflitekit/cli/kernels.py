"""The commands `kernels list` and `kernels export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tflitekit.cli.options import JsonOption

app = typer.Typer(
    help="List our int8 kernels, or export them for apps.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_kernels(json: JsonOption = False) -> None:
    """List the kernels, what they compute, and the instruction sets they have versions for."""
    from tflitekit import console
    from tflitekit.report.kernel_list import HEADER, kernel_json, kernel_rows

    if json:
        console.print_json({"kernels": kernel_json()})
    else:
        console.print_table("", HEADER, kernel_rows(), numbers=False)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", readable=False, help="The folder to make.")],
    abi: Annotated[
        list[str] | None,
        typer.Option(help="What to compile for; may be repeated. arm64-v8a if not given."),
    ] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option(
            readable=False, help="A .tflite file that must run with them; may be repeated."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write the library, header, sources and how-to that an Android app needs."""
    from tflitekit import console
    from tflitekit.abi import abi_named
    from tflitekit.pipeline.export import ExportRequest, export

    names = dict.fromkeys(abi or ["arm64-v8a"])
    request = ExportRequest([abi_named(name) for name in names], out, model or [])
    exported = export(request, console.Console())
    if json:
        console.print_json(
            {"files": [str(path) for path in exported.files], "used": list(exported.used)}
        )
    else:
        console.print_text(f"{out}: {out / 'HOWTO.md'} tells how to use it")
