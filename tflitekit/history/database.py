"""The file of the history: its tables, and how it is opened.

One row a check and one a measurement of it. Several processes may record at a time: each writes a
check in one transaction that takes SQLite's lock at its beginning, and waits for that of others.
The journal is the default one, which, unlike WAL, also works on network file systems and leaves no
second file behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tflitekit.errors import OutputError, UsageError

VERSION = 1
"""Of the tables; it stands in the file's `user_version`."""

_APPLICATION = 0x74666C6B  # "tflk"
_WAIT_S = 60.0

_TABLES = """
CREATE TABLE checks (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,      -- of the report, so that each is in here once
    time TEXT NOT NULL,               -- ISO 8601, UTC, to the second
    "commit" TEXT,
    version TEXT NOT NULL,            -- of tflitekit
    settings TEXT NOT NULL
);
CREATE TABLE measurements (
    check_id INTEGER NOT NULL REFERENCES checks (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    sha256 TEXT NOT NULL,             -- of the model's file
    quantity TEXT NOT NULL,
    device TEXT,
    value REAL NOT NULL,              -- in the quantity's base unit
    low REAL,
    high REAL,
    setting TEXT NOT NULL,            -- a JSON object
    void TEXT NOT NULL                -- a JSON list of tags
);
CREATE INDEX by_model ON measurements (model, quantity, device);
"""


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """The history for a transaction; made where it is not there, unchanged where the block fails.

    Raises:
        UsageError: the file is there and is no history, or one of a newer version.
        OutputError: it cannot be written.
    """
    with _telling(path), closing(_connect(path)) as database, database:
        database.execute("BEGIN IMMEDIATE")
        if _version(database, path) == 0:
            _make_tables(database)
        yield database


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The history, which is not changed.

    Raises:
        UsageError: the file is not there, is no history, or one of a newer version.
    """
    if not path.is_file():
        raise UsageError("there is no history", where=str(path), hint="`check --record` makes one")
    with _telling(path), closing(_connect(path, "?mode=ro")) as database:
        if _version(database, path) == 0:
            raise _no_history(path)
        yield database


def _connect(path: Path, options: str = "") -> sqlite3.Connection:
    # Without an isolation level no transaction begins but those that are asked for.
    return sqlite3.connect(
        path.absolute().as_uri() + options, timeout=_WAIT_S, isolation_level=None, uri=True
    )


def _version(database: sqlite3.Connection, path: Path) -> int:
    """The version of the tables; 0 where the file is new.

    Raises:
        UsageError: it is another program's file, or of a newer version.
    """
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != _APPLICATION and (application or version or tables):
        raise _no_history(path)
    if version > VERSION:
        raise UsageError(
            f"is a history of version {version}, and this version of tflitekit knows {VERSION}",
            where=str(path),
            hint="Update tflitekit",
        )
    return int(version)


def _make_tables(database: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";\n"):
        database.execute(statement)  # not executescript, which would end the transaction
    database.execute(f"PRAGMA application_id = {_APPLICATION}")
    database.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(f"cannot be used ({error})", where=str(path)) from error
    except sqlite3.DatabaseError as error:
        raise _no_history(path) from error


def _no_history(path: Path) -> UsageError:
    return UsageError("is no history of tflitekit", where=str(path), hint="Name another file")
