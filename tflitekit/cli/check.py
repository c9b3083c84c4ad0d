"""The command `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tflitekit.cli.ending import end_with
from tflitekit.cli.options import (
    GithubOption,
    GitlabOption,
    HtmlOption,
    JsonOption,
    JunitOption,
    MarkdownOption,
    ReportOption,
)
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
    save_baseline: Annotated[
        bool,
        typer.Option("--save-baseline", help="Then let later checks be relative to this one."),
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Also add what was measured to the history.")
    ] = False,
    report: ReportOption = None,
    junit: JunitOption = None,
    markdown: MarkdownOption = None,
    gitlab: GitlabOption = None,
    html: HtmlOption = None,
    github: GithubOption = False,
    json: JsonOption = False,
) -> None:
    """Hold models to their budgets: build, measure, judge; for CI."""
    from tflitekit import console
    from tflitekit.cli.report import tell
    from tflitekit.pipeline.checking.check import check as check_models
    from tflitekit.pipeline.checking.request import CheckRequest
    from tflitekit.pipeline.reports import check_outputs

    request = CheckRequest(
        settings,
        models=tuple(model or ()),
        devices=tuple(device or ()),
        static=static,
        diagnose=diagnose,
        profile=profile,
        save_baseline=save_baseline,
        record=record,
    )
    outputs = {
        "report": report,
        "junit": junit,
        "markdown": markdown,
        "gitlab": gitlab,
        "html": html,
    }
    check_outputs(outputs, sources=[settings])
    found = check_models(request, console.Console())
    tell(found, outputs, github=github, json=json)
    end_with(_error(found))


def _error(found: CheckReport) -> ToolkitError | None:
    """How the command ends; None where every limit holds."""
    worst = [one for one in found.verdicts if one.outcome == found.outcome]
    names = ", ".join(dict.fromkeys(f"{one.quantity} of {one.model}" for one in worst))
    if found.outcome == "failed":
        return GateError(f"out of budget: {names}")
    if found.outcome == "inconclusive":
        return InconclusiveError(f"cannot be decided: {names}")
    return None
