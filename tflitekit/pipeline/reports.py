"""The outputs of a check: files in every form, and what GitHub is told."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tflitekit.errors import OutputError
from tflitekit.files import check_writable, write_all
from tflitekit.gates.report import CheckReport
from tflitekit.project.limit_lines import limit_line
from tflitekit.project.positions import positions_of
from tflitekit.report.formats import FORMATS
from tflitekit.report.github import github
from tflitekit.report.markdown import markdown

Outputs = Mapping[str, Path | None]
"""By a name of `FORMATS`, the file to write; None for none."""

_SUMMARY = "GITHUB_STEP_SUMMARY"


def check_outputs(outputs: Outputs, sources: Iterable[Path]) -> None:
    """Find out before anything is measured that a file cannot be written, or must not be.

    Args:
        outputs: what is to be written.
        sources: what the user gave.

    Raises:
        OutputError: as `check_writable`.
    """
    files = [path for path in outputs.values() if path is not None]
    kept = tuple(sources)
    for number, path in enumerate(files):
        check_writable(path, sources=kept, others=files[:number])


def write_reports(report: CheckReport, outputs: Outputs) -> None:
    """Write a report in each form that is asked for, or none where one cannot be written.

    Raises:
        OutputError: as `write_all`.
    """
    files = {path: name for name, path in outputs.items() if path is not None}
    write_all({path: FORMATS[name].encode(report) for path, name in files.items()})


def github_commands(report: CheckReport) -> str:
    """The annotations, at the lines of the limits where the settings can still be read."""
    settings = Path(report.settings)
    text = settings.read_text("utf-8", errors="replace") if settings.is_file() else ""
    if not _is_toml(text):
        return github(report)
    positions = positions_of(text)
    return github(report, lambda verdict: limit_line(positions, verdict))


def _is_toml(text: str) -> bool:
    """Whether there are settings in a text; a saved report can be older than its file."""
    try:
        return bool(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return False


def append_summary(report: CheckReport) -> None:
    """Add the report to the summary of the step, where GitHub names a file for it.

    Raises:
        OutputError: it cannot be written.
    """
    named = os.environ.get(_SUMMARY)
    if not named:
        return
    try:
        with open(named, "a", encoding="utf-8", errors="replace") as file:
            file.write(markdown(report) + "\n")
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror})", where=named) from error
