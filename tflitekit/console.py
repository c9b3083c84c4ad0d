"""The only module that prints. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tflitekit.errors import OutputError, ToolkitError
from tflitekit.progress import Advance
from tflitekit.report.workflow_commands import command
from tflitekit.units import format_bytes

_PLAIN_INTERVAL_S = 5.0
_PIPE_WIDTH = 180
_LINE = re.compile(r"(?P<file>.+\.toml):(?P<line>\d+)", re.DOTALL)
_BROKEN_PIPE = 128 + 13  # as a shell reports SIGPIPE


class Console:
    """A `Progress` for people: bars on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        from rich.console import Console as RichConsole

        self._rich = RichConsole(stderr=True, highlight=False, soft_wrap=True, emoji=False)
        self._bars = _LiveBars(self._rich)

    def step(self, title: str) -> None:
        """Announce the next step."""
        self._say(f"• {title}", "bold")

    def note(self, text: str) -> None:
        """Tell something worth reading."""
        self._say(f"  {text}", "dim")

    def warn(self, text: str) -> None:
        """Tell something to act on."""
        if os.environ.get("GITHUB_ACTIONS") == "true":
            print(command("warning", text), file=sys.stderr)
        else:
            self._say(f"warning: {text}", "yellow")

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str = "") -> Iterator[Advance]:
        """A bar that is gone when the block ends, or plain lines where there is no terminal.

        Bars may be nested. Without a total it shows that time passes.
        """
        if self._rich.is_terminal:
            with self._bars.bar(title, total, unit) as advance:
                yield advance
        else:
            yield _PlainBar(title, total, self._say)

    def _say(self, text: str, style: str = "") -> None:
        self._rich.print(text, style=style, markup=False)


class _LiveBars:
    """The bars of a terminal, one below the other; on the screen while there are any."""

    def __init__(self, console: Any) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._open = 0
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            refresh_per_second=4,
        )

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str) -> Iterator[Advance]:
        if self._open == 0:
            self._progress.start()
        self._open += 1
        task = self._progress.add_task(title, total=total, amount="")
        done = 0

        def advance(more: int) -> None:
            nonlocal done
            done += more
            self._progress.update(task, completed=done, amount=_amount(done, total, unit))

        try:
            yield advance
        finally:
            self._progress.remove_task(task)
            self._open -= 1
            if self._open == 0:
                self._progress.stop()


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


def _amount(done: int, total: int | None, unit: str) -> str:
    if unit == "B":
        return (
            format_bytes(done) if total is None else f"{format_bytes(done)}/{format_bytes(total)}"
        )
    return str(done) if total is None else f"{done}/{total}"


def print_json(value: Any) -> None:
    """Write a result for programs."""
    _put(as_json(value))


def as_json(value: Any) -> str:
    """A result for programs: strict JSON, which has no NaN."""
    return json.dumps(value, indent=2, allow_nan=False)


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
    _put(title)
    _draw(table)


def print_text(text: str) -> None:
    """Write a line of a result for people."""
    _put(text)


def print_commands(commands: str) -> None:
    """Give orders to the runner of a CI system, which reads them off the log."""
    print(commands, end="", file=sys.stderr, flush=True)


def print_error(error: ToolkitError, as_json: bool) -> None:
    """Tell a user's error: one line, and one more with what to do, for each of its parts."""
    if as_json and sys.stdout is not None:
        print_json({"error": error.as_dict()})
    for part in error.parts:
        _tell(part)


def _tell(error: ToolkitError) -> None:
    place = f"{error.where}: " if error.where else ""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        found = _LINE.fullmatch(error.where or "")
        where = found.groupdict() if found else {}
        print(command("error", str(error), **where), file=sys.stderr)
        return
    print(f"error: {place}{error.what}", file=sys.stderr)
    if error.hint:
        print(f"  → {error.hint}", file=sys.stderr)


def _draw(table: Any) -> None:
    from rich.console import Console as RichConsole

    # A pipe has no width: a table cut at 80 columns would lose figures there.
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    console = RichConsole(highlight=False, width=width)
    with console.capture() as captured:
        console.print(table)
    _put("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _put(text: str) -> None:
    """Write a part of a result to stdout, at once, so that a failure is told.

    Raises:
        OutputError: stdout is closed, or its disk is full.
        SystemExit: its reader has seen enough, as `head` does.
    """
    if sys.stdout is None:
        raise OutputError("is closed", where="standard output")
    try:
        print(text, flush=True)
    except OSError as error:
        # What is pending would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(_BROKEN_PIPE)
        raise OutputError(
            f"cannot be written ({error.strerror})", where="standard output"
        ) from error
