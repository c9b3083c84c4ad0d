"""Asks the history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tflitekit.errors import UsageError
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.history.database import reading
from tflitekit.history.record import utc
from tflitekit.suggest import did_you_mean

_UNITS = {"d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True)
class Query:
    """What of the history is asked for; empty is everything.

    Attributes:
        models, quantities, devices: any of these.
        since: the first time, ISO 8601, UTC; "" for all.
    """

    models: tuple[str, ...] = ()
    quantities: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    since: str = ""


@dataclass(frozen=True)
class Entry:
    """One measurement of one check.

    Attributes:
        time: of the check, ISO 8601, UTC.
        commit: of the repository then, with "+" where files differed from it; None outside.
        model: its name in the settings.
        sha256: of its file.
        measurement: what was measured.
    """

    time: str
    commit: str | None
    model: str
    sha256: str
    measurement: Measurement


def find(path: Path, query: Query) -> tuple[Entry, ...]:
    """What fits a query, the oldest check first, and of a check in the report's order.

    Raises:
        UsageError: there is no history, or no such quantity.
    """
    for name in query.quantities:
        if name not in QUANTITIES:
            hint = did_you_mean(name, QUANTITIES)
            raise UsageError("there is no such quantity", where=f"--quantity {name}", hint=hint)
    with reading(path) as database:
        condition, values = _condition(query)
        rows = database.execute(
            'SELECT time, "commit", model, sha256, quantity, value, low, high, device, setting, '
            "void FROM measurements JOIN checks ON checks.id = check_id "
            f"{condition} ORDER BY time, checks.id, measurements.rowid",
            values,
        )
        return tuple(_entries(rows))


def since(text: str, now: datetime | None = None) -> str:
    """The time that a date such as 2026-11-21, a time, or an age such as 30d or 4w says.

    Raises:
        UsageError: it says none.
    """
    now = now or datetime.now(UTC)
    try:
        if text[-1:] in _UNITS:
            return utc((now - int(text[:-1]) * _UNITS[text[-1]]).isoformat())
        return utc(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            "is no date", where=f"--since {text}", hint="Write such as 2026-11-21, 30d or 4w"
        ) from error


def _condition(query: Query) -> tuple[str, list[str]]:
    """What follows WHERE, with its values."""
    terms: list[str] = []
    values: list[str] = []
    for column, wanted in (
        ("model", query.models),
        ("quantity", query.quantities),
        ("device", query.devices),
    ):
        if wanted:
            terms.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if query.since:
        terms.append("time >= ?")
        values.append(query.since)
    return f"WHERE {' AND '.join(terms)}" if terms else "", values


def _entries(rows: Iterable[Any]) -> Iterator[Entry]:
    for time, commit, model, sha256, quantity, value, low, high, device, setting, void in rows:
        if quantity not in QUANTITIES:
            continue  # of a newer version, which knows more of them
        found = Measurement(
            quantity, value, low, high, device, json.loads(setting), tuple(json.loads(void))
        )
        yield Entry(time, commit, model, sha256, found)
