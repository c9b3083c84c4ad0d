"""A progress that remembers what it hears."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tflitekit.progress import Advance, Silent


class Counting(Silent):
    """Keeps the total and unit of each bar, and how far it advances.

    Attributes:
        heard: (total, unit) of a bar, then each advance.
    """

    def __init__(self) -> None:
        self.heard: list[Any] = []

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str = "") -> Iterator[Advance]:
        """See `Progress`."""
        self.heard.append((total, unit))
        yield self.heard.append
