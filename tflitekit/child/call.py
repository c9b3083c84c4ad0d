"""What a job tells while it runs, as JSON, and what its caller makes of it.

An event is "step", "note", "warn", "bar", "advance" or "bar_end", as `Progress` has them; the last
one is the answer, "result" or "error".
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from tflitekit import errors
from tflitekit.errors import ToolkitError
from tflitekit.progress import Advance, Progress

Event = Mapping[str, Any]


def is_answer(event: Event) -> bool:
    """Whether nothing comes after it."""
    return event["event"] in ("result", "error")


def error_event(error: ToolkitError) -> Event:
    """The answer of a job that failed."""
    fields = {"what": error.what, "where": error.where, "hint": error.hint}
    return {"event": "error", "kind": type(error).__name__, **fields}


class Call:
    """Hands one job's events to a `Progress`, and keeps its answer; used as a context manager."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[int, tuple[ExitStack, Advance]] = {}
        self._answer: Event = {}

    def __enter__(self) -> Call:
        return self

    def __exit__(self, *reason: object) -> None:
        for opened, _ in self._bars.values():
            opened.close()

    def take(self, event: Event) -> None:
        """Act on one event."""
        kind = event["event"]
        if is_answer(event):
            self._answer = event
        elif kind == "step":
            self._progress.step(event["title"])
        elif kind == "note":
            self._progress.note(event["text"])
        elif kind == "warn":
            self._progress.warn(event["text"])
        else:
            self._take_bar(kind, event)

    def _take_bar(self, kind: str, event: Event) -> None:
        number = event["number"]
        if kind == "bar":
            opened = ExitStack()
            bar = self._progress.bar(event["title"], event["total"], event["unit"])
            self._bars[number] = opened, opened.enter_context(bar)
        elif kind == "advance":
            self._bars[number][1](event["done"])
        else:
            self._bars.pop(number)[0].close()

    def answer(self) -> Any:
        """The job's value, once its answer was taken.

        Raises:
            ToolkitError: the one that the job raised.
        """
        if self._answer["event"] == "result":
            return self._answer["value"]
        kind: type[ToolkitError] = getattr(errors, self._answer["kind"])
        raise kind(self._answer["what"], where=self._answer["where"], hint=self._answer["hint"])
