"""The history as rows of a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from typing import Any

from tflitekit.gates.amounts import format_amount
from tflitekit.gates.measurement import Measurement
from tflitekit.history.query import Entry
from tflitekit.report.one_line import harmless
from tflitekit.report.verdict_text import interval_text

HEADER = ("time", "commit", "model", "quantity", "device", "value", "95 % interval", "void")

_NONE = "-"
_COMMIT = 12
_COLUMNS = ("time", "commit", "model", "sha256", *(one.name for one in fields(Measurement)), "unit")


def history_rows(entries: Iterable[Entry]) -> Iterator[tuple[str, ...]]:
    """One row a measurement."""
    for entry in entries:
        found = entry.measurement
        yield (
            entry.time,
            harmless((entry.commit or _NONE)[:_COMMIT]),
            harmless(entry.model),
            found.quantity,
            harmless(found.device or _NONE),
            format_amount(found.value, found.about.unit),
            interval_text(found),
            harmless(" ".join(found.void)),
        )


def history_json(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Entries for programs, each flat."""
    return [_flat(entry) for entry in entries]


def history_csv(entries: Iterable[Entry]) -> str:
    """Entries for spreadsheets: values in base units, the setting as name=value, with a header."""
    text = io.StringIO()
    rows = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    rows.writeheader()
    for row in map(_flat, entries):
        setting = ";".join(f"{name}={value}" for name, value in sorted(row["setting"].items()))
        rows.writerow({**row, "setting": setting, "void": " ".join(row["void"])})
    return text.getvalue()


def _flat(entry: Entry) -> dict[str, Any]:
    return {
        "time": entry.time,
        "commit": entry.commit,
        "model": entry.model,
        "sha256": entry.sha256,
        **asdict(entry.measurement),
        "unit": entry.measurement.about.unit,
    }
