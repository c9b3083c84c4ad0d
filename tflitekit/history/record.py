"""Puts checks into the history."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tflitekit.errors import UsageError
from tflitekit.gates.report import CheckReport
from tflitekit.history.database import writing


def record(path: Path, report: CheckReport) -> bool:
    """Add what a check measured, void or not; a report that is in there is not added again.

    Args:
        path: the history, which is made where it is not there.
        report: of the check.

    Returns:
        Whether it was added.

    Raises:
        UsageError: the file is there and is no history, or the report's time is none.
        OutputError: it cannot be written.
    """
    try:
        time = utc(report.time)
    except ValueError as error:
        raise UsageError(f"the report's time is none: {report.time}") from error
    with writing(path) as database:
        check = database.execute(
            'INSERT OR IGNORE INTO checks (digest, time, "commit", version, settings) '
            "VALUES (?, ?, ?, ?, ?)",
            (_digest(report), time, report.commit, report.version, report.settings),
        )
        if check.rowcount == 0:
            return False
        database.executemany(
            "INSERT INTO measurements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(check.lastrowid, *row) for row in _rows(report)],
        )
    return True


def utc(time: str) -> str:
    """A time in the one form in which times sort as texts.

    Args:
        time: ISO 8601; without a zone it is UTC.

    Raises:
        ValueError: it is none.
    """
    parsed = datetime.fromisoformat(time)
    parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    return parsed.strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(report: CheckReport) -> str:
    document = json.dumps(asdict(report), sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()


def _rows(report: CheckReport) -> list[tuple[object, ...]]:
    return [
        (
            model.name,
            model.sha256,
            found.quantity,
            found.device,
            found.value,
            found.low,
            found.high,
            json.dumps(dict(found.setting), sort_keys=True),
            json.dumps(found.void),
        )
        for model in report.models
        for found in model.measurements
        if math.isfinite(found.value)
    ]
