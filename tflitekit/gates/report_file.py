"""Reads what `check` wrote."""

from __future__ import annotations

from pathlib import Path

from tflitekit.gates.report import SCHEMA, CheckReport
from tflitekit.json_document import read_document


def read_report(path: Path) -> CheckReport:
    """The report of a check that `check --report FILE` wrote.

    Raises:
        UsageError: it cannot be read, or is no such report of this version's schema.
    """
    return read_document(path, CheckReport, SCHEMA, "report of tflitekit check")
