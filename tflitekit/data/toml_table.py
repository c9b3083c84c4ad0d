"""A TOML table that knows which of its keys were asked for, so that no misspelt one is lost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tflitekit.errors import DataError
from tflitekit.suggest import did_you_mean


class Table:
    """One table: each method takes a key's value, checks its type, and marks the key as known.

    Every method returns None (or an empty table) where the key is absent, and raises `DataError`
    where the value is of another type.

    Args:
        content: the parsed table.
        where: the file, for messages.
        path: the table's dotted name in the file; empty for the whole file.
    """

    def __init__(self, content: Mapping[str, Any], where: str, path: str = "") -> None:
        self._content = content
        self._where = where
        self._path = path
        self._known: list[str] = []

    def names(self) -> tuple[str, ...]:
        """The keys that are there."""
        return tuple(self._content)

    def take(self, key: str) -> Any:
        """The value as it is."""
        self._known.append(key)
        return self._content.get(key)

    def text(self, key: str) -> str | None:
        """A string that is not empty."""
        value = self.take(key)
        if value is not None and not (isinstance(value, str) and value):
            raise self.error(key, "must be a text")
        return value

    def choice(self, key: str, options: Sequence[str]) -> str | None:
        """One of some strings."""
        value = self.take(key)
        if value is not None and value not in options:
            raise self.error(key, f"is {value!r}", did_you_mean(str(value), options))
        return None if value is None else str(value)

    def number(self, key: str) -> float | None:
        """A finite number."""
        value = self.take(key)
        return None if value is None else self._finite(key, value)

    def numbers(self, key: str) -> tuple[float, ...] | None:
        """A finite number or a list of them."""
        value = self.take(key)
        if value is None:
            return None
        values = value if isinstance(value, list) and value else [value]
        return tuple(self._finite(key, one) for one in values)

    def table(self, key: str) -> Table:
        """A table inside this one."""
        value = self.take(key)
        if value is not None and not isinstance(value, dict):
            raise self.error(key, "must be a table")
        return Table(value or {}, self._where, self._dotted(key))

    def texts(self) -> dict[str, str]:
        """The whole table, of strings."""
        return {key: self.text(key) or "" for key in self._content}

    def refuse_others(self) -> None:
        """Raise `DataError` for a key that nothing asked for."""
        for key in self._content:
            if key not in self._known:
                raise self.error(key, "is not a known key", did_you_mean(key, self._known))

    def error(self, key: str, what: str, hint: str | None = None) -> DataError:
        """An error about the key's value."""
        return DataError(f"{self._dotted(key)} {what}", where=self._where, hint=hint)

    def _finite(self, key: str, value: Any) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise self.error(key, "must be a finite number")
        return float(value)

    def _dotted(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key
