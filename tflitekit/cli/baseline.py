"""The commands `baseline save`, `show` and `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tflitekit.baseline import FILE_NAME
from tflitekit.cli.ending import end_with
from tflitekit.cli.options import JsonOption
from tflitekit.errors import InconclusiveError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tflitekit.baseline.baseline import LeftOut
    from tflitekit.baseline.compare import Change

app = typer.Typer(
    help="Keep what was measured and accepted, which later checks are held to.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DEFAULT = Path(FILE_NAME)


@app.command()
def save(
    reports: Annotated[
        list[Path], typer.Argument(readable=False, help="Reports that `check --report FILE` wrote.")
    ],
    baseline: Annotated[
        Path, typer.Option(readable=False, metavar="FILE", help="The file to put them into.")
    ] = DEFAULT,
    json: JsonOption = False,
) -> None:
    """Put what checks measured into the baseline; what they did not measure stays."""
    from tflitekit import console, files
    from tflitekit.baseline import store
    from tflitekit.baseline.file import baseline_json
    from tflitekit.gates.report_file import read_report
    from tflitekit.report.baseline_table import HEADER, baseline_rows

    files.check_writable(baseline, sources=reports)
    saved, left_out = store.save(baseline, [read_report(path) for path in reports])
    _tell(left_out)
    if json:
        console.print_json(baseline_json(saved))
    else:
        console.print_table(str(baseline), HEADER, baseline_rows(saved), numbers=False)


@app.command()
def show(
    baseline: Annotated[Path, typer.Argument(readable=False, help="A baseline file.")] = DEFAULT,
    json: JsonOption = False,
) -> None:
    """Show what is in a baseline."""
    from tflitekit import console
    from tflitekit.baseline.file import baseline_json, read_baseline
    from tflitekit.report.baseline_table import HEADER, baseline_rows

    found = read_baseline(baseline)
    if json:
        console.print_json(baseline_json(found))
    else:
        console.print_table(str(baseline), HEADER, baseline_rows(found), numbers=False)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(readable=False, help="A baseline, or a report.")],
    after: Annotated[Path, typer.Argument(readable=False, help="Another one.")],
    json: JsonOption = False,
) -> None:
    """Show what changed; values that were measured differently are not compared."""
    from tflitekit import console
    from tflitekit.baseline import store
    from tflitekit.baseline.compare import compare_baselines
    from tflitekit.report.baseline_table import CHANGE_HEADER, change_rows, changes_json

    (first, left_out), (other, more) = map(store.read_measured, (before, after))
    _tell((*left_out, *more))
    changes = compare_baselines(first, other)
    if json:
        console.print_json({"changes": changes_json(changes)})
    else:
        console.print_table("", CHANGE_HEADER, change_rows(changes), numbers=False)
    end_with(_refusal(changes))


def _refusal(changes: Iterable[Change]) -> InconclusiveError | None:
    refused = [one for one in changes if one.kind == "refused"]
    if not refused:
        return None
    return InconclusiveError(f"{len(refused)} of the values above were measured differently")


def _tell(left_out: Iterable[LeftOut]) -> None:
    from tflitekit import console

    progress = console.Console()
    for one in left_out:
        progress.warn(f"{one.model}: {one.measurement.quantity} is left out, for {one.reason}")
