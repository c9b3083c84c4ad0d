"""The command line: every command in a file of its own, which parses, calls the pipeline and shows.

No logic, and no heavy import at the top of any of these files.
"""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from tflitekit import __version__
from tflitekit.cli import (
    baseline,
    bench,
    check,
    convert,
    devices,
    diagnose,
    doctor,
    history,
    init,
    inspect,
    kernels,
    merge,
    report,
    run,
    schema,
)
from tflitekit.errors import ToolkitError

app = typer.Typer(
    name="tflitekit",
    help="Convert Keras models to full-integer TensorFlow Lite and measure them on real devices.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (
    convert.convert,
    diagnose.diagnose,
    inspect.inspect,
    merge.merge,
    run.run,
    bench.bench,
    init.init,
    check.check,
    report.report,
    history.history,
    schema.schema,
    devices.devices,
    doctor.doctor,
)
"""In the order in which help shows them."""

for command in COMMANDS:
    app.command()(command)
app.add_typer(baseline.app, name="baseline")
app.add_typer(kernels.app, name="kernels")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        from tflitekit import console

        console.print_text(__version__)
        raise typer.Exit


def run_command() -> None:
    """Run what the command line says; a `ToolkitError` becomes one clear line and its exit code."""
    # A file's name may be no text at all, and must not end the command that names it.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except ToolkitError as error:
        from tflitekit import console

        console.print_error(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)
