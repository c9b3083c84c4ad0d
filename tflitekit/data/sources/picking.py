"""Some of the items of something that can only be walked through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def pick(items: Iterable[_T], indices: Sequence[int] | None) -> Iterator[tuple[int, _T]]:
    """The items at increasing `indices` (None: all) with their places; ends with the last one."""
    if indices is None:
        yield from enumerate(items)
        return
    wanted = iter(indices)
    target = next(wanted, None)
    if target is None:
        return
    for index, item in enumerate(items):
        if index == target:
            yield index, item
            target = next(wanted, None)
            if target is None:
                return
