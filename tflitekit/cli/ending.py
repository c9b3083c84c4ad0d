"""How a command ends that has shown its result and cannot call it good."""

from __future__ import annotations

import typer

from tflitekit.errors import ToolkitError


def end_with(error: ToolkitError | None) -> None:
    """Tell the error, and end with its exit code; without one, do nothing.

    With --json the result says it as well: stdout has one document.
    """
    from tflitekit import console

    if error is not None:
        console.print_error(error, as_json=False)
        raise typer.Exit(error.exit_code)
