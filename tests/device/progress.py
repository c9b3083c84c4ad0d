"""A `Progress` that remembers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tflitekit.progress import Advance, Silent


class Recorded(Silent):
    """Keeps what the bars were told: their totals, and the sums of their advances."""

    def __init__(self) -> None:
        self.totals: list[int | None] = []
        self.sums: list[int] = []

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str = "") -> Iterator[Advance]:
        self.totals.append(total)
        self.sums.append(0)

        def advance(done: int) -> None:
            self.sums[-1] += done

        yield advance
