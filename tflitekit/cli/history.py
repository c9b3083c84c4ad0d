"""The command `history`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tflitekit.baseline import FILE_NAME as BASELINE_NAME
from tflitekit.cli.options import JsonOption
from tflitekit.errors import UsageError
from tflitekit.history import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tflitekit.history.query import Entry


def history(
    file: Annotated[
        Path, typer.Argument(readable=False, help="The history that `check --record` keeps.")
    ] = Path(FILE_NAME),
    add: Annotated[
        list[Path] | None,
        typer.Option(
            readable=False, metavar="REPORT", help="First add a check's report; may be repeated."
        ),
    ] = None,
    model: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    quantity: Annotated[
        list[str] | None, typer.Option(help="Such as size or latency; may be repeated.")
    ] = None,
    device: Annotated[
        list[str] | None, typer.Option(help="As the settings name it; may be repeated.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Such as 2026-11-21, 30d or 4w.")
    ] = None,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write the result as CSV.")] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            readable=False, metavar="FILE", help="Draw it over commits: .svg, .png or .html."
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FILE",
            help=f"What is drawn as lines; {BASELINE_NAME} if there is one.",
        ),
    ] = None,
) -> None:
    """Show what checks measured, commit by commit, or draw it."""
    from tflitekit.gates.report_file import read_report
    from tflitekit.history.query import Query, find
    from tflitekit.history.query import since as since_when
    from tflitekit.history.record import record

    if json and csv:
        raise UsageError("are two forms of one result", where="--json and --csv")
    begin = since_when(since) if since else ""
    for report in [read_report(path) for path in add or ()]:
        record(file, report)
    query = Query(tuple(model or ()), tuple(quantity or ()), tuple(device or ()), begin)
    entries = find(file, query)
    if plot is not None:
        draw(entries, plot, baseline, sources=(file, *(add or ())))
    if plot is None or json or csv:
        show(entries, json, csv)


def show(entries: Sequence[Entry], json: bool, csv: bool) -> None:
    """Write what was found to stdout."""
    from tflitekit import console
    from tflitekit.report.history_table import HEADER, history_csv, history_json, history_rows

    if json:
        console.print_json({"history": history_json(entries)})
    elif csv:
        console.print_text(history_csv(entries).removesuffix("\n"))
    else:
        console.print_table("", HEADER, history_rows(entries), numbers=False)


def draw(
    entries: Sequence[Entry], target: Path, baseline: Path | None, sources: Sequence[Path]
) -> None:
    """Write a plot of what was found."""
    from tflitekit import console, files
    from tflitekit.baseline.baseline import Baseline
    from tflitekit.baseline.file import read_baseline
    from tflitekit.report.history_plot import check_suffix, plotted

    check_suffix(target)
    if not entries:
        raise UsageError("there is nothing to draw: no check measured this", where=str(target))
    named = baseline or Path(BASELINE_NAME)
    held_to = read_baseline(named) if baseline or named.exists() else Baseline()
    files.check_writable(target, sources=(*sources, named))
    files.write_whole(target, plotted(entries, held_to, target.suffix))
    console.Console().note(f"{target}: {len(entries)} measurements")
