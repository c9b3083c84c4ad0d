"""What the commands do with baseline files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tflitekit.baseline.baseline import Baseline, LeftOut, of_report
from tflitekit.baseline.file import read_baseline, write_baseline
from tflitekit.gates.report import SCHEMA as REPORT_SCHEMA
from tflitekit.gates.report import CheckReport
from tflitekit.gates.report_file import read_report
from tflitekit.json_document import schema_of


def save(path: Path, reports: Iterable[CheckReport]) -> tuple[Baseline, tuple[LeftOut, ...]]:
    """Put what checks measured into a baseline file, which need not be there.

    What they did not measure stays as it was.

    Returns:
        What was put in, and what was not fit to be.

    Raises:
        UsageError: the file is there and is broken.
        OutputError: it cannot be written.
    """
    new = Baseline()
    left_out: list[LeftOut] = []
    for report in reports:
        more, unfit = of_report(report)
        new = new.merged(more)
        left_out += unfit
    old = read_baseline(path) if path.exists() else Baseline()
    write_baseline(path, old.merged(new))
    return new, tuple(left_out)


def read_measured(path: Path) -> tuple[Baseline, tuple[LeftOut, ...]]:
    """A baseline, or what would become one, with what would be left out, of a check's report.

    Raises:
        UsageError: it cannot be read, or is neither.
    """
    if schema_of(path) == REPORT_SCHEMA:
        return of_report(read_report(path))
    return read_baseline(path), ()
