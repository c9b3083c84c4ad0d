"""The only module that prints. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tflitekit.errors import ToolkitError
from tflitekit.progress import Advance

_PLAIN_INTERVAL_S = 5.0
_PIPE_WIDTH = 180


class Console:
    """A `Progress` for people: bars on a terminal, a line now and then elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        from rich.console import Console as RichConsole

        self._rich = RichConsole(stderr=True, highlight=False, soft_wrap=True)
        self._quiet = quiet

    def step(self, title: str) -> None:
        """Announce the next step."""
        self._say(f"• {title}", "bold")

    def note(self, text: str) -> None:
        """Tell something worth reading."""
        self._say(f"  {text}", "dim")

    def warn(self, text: str) -> None:
        """Tell something to act on; also shown when quiet."""
        if os.environ.get("GITHUB_ACTIONS") == "true":
            print(f"::warning::{_escape_annotation(text)}", file=sys.stderr)
        else:
            self._rich.print(f"warning: {text}", style="yellow", markup=False)

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str = "") -> Iterator[Advance]:
        """A bar that is gone when the block ends, or plain lines where there is no terminal."""
        if self._quiet:
            yield lambda done: None
        elif self._rich.is_terminal:
            with _live_bar(self._rich, title, total, unit) as advance:
                yield advance
        else:
            yield _PlainBar(title, total, self._say)

    def _say(self, text: str, style: str = "") -> None:
        if not self._quiet:
            self._rich.print(text, style=style, markup=False)


class _PlainBar:
    """Progress for a log file: a line at most every few seconds."""

    def __init__(self, title: str, total: int | None, say: Any) -> None:
        self._title, self._total, self._say = title, total, say
        self._done = 0
        self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        self._done += done
        now = time.monotonic()
        if now - self._last >= _PLAIN_INTERVAL_S:
            self._last = now
            share = f" ({100 * self._done // self._total} %)" if self._total else ""
            self._say(f"  {self._title}: {self._done}{share}")


@contextmanager
def _live_bar(console: Any, title: str, total: int | None, unit: str) -> Iterator[Advance]:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    amount = DownloadColumn() if unit == "B" else MofNCompleteColumn()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        amount,
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.advance(task, done)


def print_json(value: Any) -> None:
    """Write a result for programs."""
    json.dump(value, sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def print_table(
    title: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True
) -> None:
    """Write a result for people; the columns after the first are numbers or text."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for index, name in enumerate(header):
        table.add_column(name, justify="right" if index and numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    _draw(table)


def print_facts(title: str, facts: Iterable[tuple[str, str]]) -> None:
    """Write what is known of one thing, a line a fact."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, value in facts:
        table.add_row(Text(f"  {name}"), Text(value, overflow="fold"))
    print(title)
    _draw(table)


def print_text(text: str) -> None:
    """Write a line of a result for people."""
    print(text)


def print_error(error: ToolkitError, as_json: bool) -> None:
    """Tell a user's error: one line, and one more with what to do."""
    if as_json:
        print_json({"error": error.as_dict()})
    place = f"{error.where}: " if error.where else ""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print(f"::error::{_escape_annotation(str(error))}", file=sys.stderr)
        return
    print(f"error: {place}{error.what}", file=sys.stderr)
    if error.hint:
        print(f"  → {error.hint}", file=sys.stderr)


def _escape_annotation(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _draw(table: Any) -> None:
    from rich.console import Console as RichConsole

    # A pipe has no width: a table cut at 80 columns would lose figures there.
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    console = RichConsole(highlight=False, width=width)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())
