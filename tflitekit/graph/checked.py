"""References of a file that are followed only after a check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import ModelError
from tflitekit.graph.dtypes import BY_CODE
from tflitekit.graph.unpack import Content

T = TypeVar("T")


@dataclass(frozen=True)
class Checked:
    """Looks things up in one file, and says what is wrong with it.

    Attributes:
        content: the whole file.
        where: what to call it in errors.
    """

    content: Content
    where: str | None

    def pick(self, entries: Sequence[T], index: int, kind: str) -> T:
        """The entry at `index`, which the file gave; `kind` names the list."""
        if not 0 <= index < len(entries):
            raise self.broken(f"{kind} {index} does not exist, there are {len(entries)}")
        return entries[index]

    def pick_all(self, entries: Sequence[T], indices: Iterable[int], kind: str) -> list[T]:
        """The entries at all `indices`."""
        return [self.pick(entries, index, kind) for index in indices]

    def slice(self, offset: int, size: int, place: str) -> NDArray[np.uint8]:
        """A view of the file's bytes; `place` names who asks."""
        if offset + size > len(self.content):
            raise self.broken(f"{place} ends at byte {offset + size} of {len(self.content)}")
        return np.frombuffer(self.content, np.uint8, size, offset)

    def dtype(self, code: int, place: str) -> str:
        """The name of a tensor type; `place` names what has it."""
        if code not in BY_CODE:
            raise self.newer(f"type {code} of {place}")
        return BY_CODE[code].name

    def broken(self, what: str) -> ModelError:
        """The error for a file that contradicts itself."""
        return ModelError(
            f"is corrupted: {what}", where=self.where, hint="Download or export it again"
        )

    def newer(self, what: str) -> ModelError:
        """The error for a number that the schema does not have."""
        return ModelError(
            f"uses {what}, which this version does not know",
            where=self.where,
            hint="It is corrupted, or made by a newer converter",
        )


def text(raw: bytes | None) -> str:
    """A string of the file; bytes that are not UTF-8 become escapes."""
    return "" if raw is None else raw.decode(errors="backslashreplace")


def numbers(values: Any) -> tuple[int, ...]:
    """A vector of the file as numbers; one that is left out is empty."""
    return () if values is None else tuple(values.tolist())
