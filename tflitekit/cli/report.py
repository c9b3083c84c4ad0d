"""The command `report`, and how `check` shows what it found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tflitekit.cli.options import (
    GithubOption,
    GitlabOption,
    HtmlOption,
    JsonOption,
    JunitOption,
    MarkdownOption,
)

if TYPE_CHECKING:
    from tflitekit.gates.report import CheckReport
    from tflitekit.pipeline.reports import Outputs


def report(
    file: Annotated[
        Path, typer.Argument(readable=False, help="What `check --report FILE.json` wrote.")
    ],
    junit: JunitOption = None,
    markdown: MarkdownOption = None,
    gitlab: GitlabOption = None,
    html: HtmlOption = None,
    github: GithubOption = False,
    json: JsonOption = False,
) -> None:
    """Show what a check found, and write it in the forms that CI systems read."""
    from tflitekit.gates.report_file import read_report
    from tflitekit.pipeline.reports import check_outputs

    outputs = {"junit": junit, "markdown": markdown, "gitlab": gitlab, "html": html}
    check_outputs(outputs, sources=[file])
    tell(read_report(file), outputs, github=github, json=json)


def tell(report: CheckReport, outputs: Outputs, *, github: bool, json: bool) -> None:
    """Write and show a report; stdout has one document, or the table.

    Args:
        outputs: the files to write, by name of their form.
        github: also tell GitHub, in the log and in the summary of the step.
        json: show it as JSON.
    """
    from tflitekit import console
    from tflitekit.pipeline.reports import append_summary, github_commands, write_reports
    from tflitekit.report.check_json import check_json
    from tflitekit.report.check_table import HEADER, check_rows, check_title

    write_reports(report, outputs)
    if json:
        console.print_json(check_json(report))
    else:
        console.print_table(check_title(report), HEADER, check_rows(report), numbers=False)
    if github:
        console.print_commands(github_commands(report))
        append_summary(report)
