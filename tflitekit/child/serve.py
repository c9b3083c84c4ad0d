"""The child's loop: one request a line in, events and one answer a request out, all as JSON."""

from __future__ import annotations

import errno
import importlib
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from tflitekit.child.call import Event, error_event
from tflitekit.errors import OutputError, ToolkitError
from tflitekit.progress import Advance


class Events:
    """A `Progress` that tells the parent; see `call` for what it makes of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bars = itertools.count()

    def send(self, event: str, **fields: object) -> None:
        """Write one event, at once."""
        self._write({"event": event, **fields})

    def fail(self, error: ToolkitError) -> None:
        """Answer with an error."""
        self._write(error_event(error))

    def _write(self, event: Event) -> None:
        self._stream.write(json.dumps(event).encode() + b"\n")
        self._stream.flush()

    def step(self, title: str) -> None:
        self.send("step", title=title)

    def note(self, text: str) -> None:
        self.send("note", text=text)

    def warn(self, text: str) -> None:
        self.send("warn", text=text)

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str = "") -> Iterator[Advance]:
        number = next(self._bars)
        self.send("bar", number=number, title=title, total=total, unit=unit)
        try:
            yield lambda done: self.send("advance", number=number, done=done)
        finally:
            self.send("bar_end", number=number)


def disk_full(error: OSError) -> OutputError:
    """The error for temporary files that find no room."""
    return OutputError(
        "no space left for temporary files",
        where=error.filename,
        hint="Free some space, or name another folder in TMPDIR",
    )


def serve(requests: BinaryIO, events: BinaryIO, *, fixed_addresses: bool) -> None:
    """Answer requests until the parent closes its end.

    A `ToolkitError` is an answer, and so is a full disk. Any other exception ends the process
    with a traceback on stderr, where the parent finds it.
    """
    progress = Events(events)
    progress.send("hello", fixed_addresses=fixed_addresses)
    for line in requests:
        request = json.loads(line)
        module, _, function = request["job"].partition(":")
        job = getattr(importlib.import_module(module), function)
        try:
            value = job(progress, **request["arguments"])
        except ToolkitError as error:
            progress.fail(error)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            progress.fail(disk_full(error))
        else:
            progress.send("result", value=value)
