"""How the lower layers tell that they are working, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
"""Called with the number of units done since the last call."""


class Progress(Protocol):
    """What `console` implements and every long-running function takes."""

    def step(self, title: str) -> None:
        """Announce the next step of a pipeline."""

    def note(self, text: str) -> None:
        """Tell something worth reading that is not a problem."""

    def warn(self, text: str) -> None:
        """Tell something that the user should act on."""

    def bar(self, title: str, total: int | None, unit: str = "") -> AbstractContextManager[Advance]:
        """A progress bar; `unit` "B" shows bytes, and `total` None an unknown end."""


class Labelled:
    """A `Progress` that tells another one, each line with a label before it."""

    def __init__(self, progress: Progress, label: str) -> None:
        self._progress = progress
        self._label = label

    def step(self, title: str) -> None:
        self._progress.step(f"{self._label}: {title}")

    def note(self, text: str) -> None:
        self._progress.note(f"{self._label}: {text}")

    def warn(self, text: str) -> None:
        self._progress.warn(f"{self._label}: {text}")

    def bar(self, title: str, total: int | None, unit: str = "") -> AbstractContextManager[Advance]:
        return self._progress.bar(f"{self._label}: {title}", total, unit)


class Silent:
    """A `Progress` that tells nothing: for tests and for use as a library."""

    def step(self, title: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def warn(self, text: str) -> None:
        pass

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str = "") -> Iterator[Advance]:
        yield lambda done: None


SILENT: Progress = Silent()
