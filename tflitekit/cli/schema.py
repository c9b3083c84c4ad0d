"""The command `schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from tflitekit.errors import UsageError
from tflitekit.suggest import did_you_mean


def schema(
    name: Annotated[
        str, typer.Argument(help="Whose: settings (tflitekit.toml), check, bench or baseline.")
    ] = "settings",
) -> None:
    """Print the JSON schema of a file, for editors and validators."""
    from tflitekit import console
    from tflitekit.report.schemas import SCHEMAS

    if name not in SCHEMAS:
        raise UsageError("there is no such schema", where=name, hint=did_you_mean(name, SCHEMAS))
    console.print_json(SCHEMAS[name]())
