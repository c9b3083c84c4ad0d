"""The command `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tflitekit.cli.ending import end_with
from tflitekit.cli.options import JsonOption
from tflitekit.errors import GateError, InconclusiveError, ToolkitError

if TYPE_CHECKING:
    from tflitekit.gates.report import CheckReport


def check(
    settings: Annotated[
        Path, typer.Argument(readable=False, help="Models, budgets and devices.")
    ] = Path("tflitekit.toml"),
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Check this one only; may be repeated."),
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Measure on this one only; may be repeated."),
    ] = None,
    static: Annotated[
        bool, typer.Option("--static", help="Judge only what files tell, and run nothing.")
    ] = False,
    diagnose: Annotated[
        bool,
        typer.Option(
            "--diagnose", help="Also measure the noise of each layer of models with a source."
        ),
    ] = False,
    profile: Annotated[bool, typer.Option("--profile", help="Also time each op.")] = False,
    json: JsonOption = False,
) -> None:
    """Hold models to their budgets: build, measure, judge; for CI."""
    from tflitekit import console
    from tflitekit.pipeline.checking.check import check as check_models
    from tflitekit.pipeline.checking.request import CheckRequest
    from tflitekit.report.check_table import HEADER, check_rows, check_title

    request = CheckRequest(
        settings, tuple(model or ()), tuple(device or ()), static, diagnose, profile
    )
    report = check_models(request, console.Console())
    if json:
        from tflitekit.report.check_json import check_json

        console.print_json(check_json(report))
    else:
        console.print_table(check_title(report), HEADER, check_rows(report), numbers=False)
    end_with(_error(report))


def _error(report: CheckReport) -> ToolkitError | None:
    """How the command ends; None where every limit holds."""
    open_ones = [one for one in report.verdicts if one.outcome == report.outcome]
    names = ", ".join(dict.fromkeys(f"{one.quantity} of {one.model}" for one in open_ones))
    if report.outcome == "failed":
        return GateError(f"out of budget: {names}")
    if report.outcome == "inconclusive":
        return InconclusiveError(f"cannot be decided: {names}")
    return None
