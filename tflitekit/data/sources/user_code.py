"""`module:callable`: samples that the user's own code makes."""

from __future__ import annotations

import hashlib
import inspect
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.keys import match_keys
from tflitekit.data.samples import Row
from tflitekit.data.sources.base import Request, Source
from tflitekit.data.sources.picking import pick
from tflitekit.data.sources.user_module import is_module_spec, load_object, user_code
from tflitekit.errors import DataError

_ONE_SHOT = "Return a new generator at each call: samples are drawn more than once"


class CallableSource(Source):
    """What `module:callable`, or `file.py:callable`, returns or yields.

    The callable is called once for each pass over the data, with those of the arguments `seed`
    and `split` that it names, and gives an iterable. Each item is a mapping of input names (and
    `y`) to values; or a pair, a tuple `(inputs, label)`; or a list of the inputs in order; or the
    value of a model's only input. In place of a callable, a list or another iterable will do.
    """

    kind = "module:callable (Python code that yields samples)"

    @classmethod
    def accepts(cls, spec: str) -> bool:
        return is_module_spec(spec) and not Path(spec).exists()

    def __init__(self, spec: str, request: Request) -> None:
        self._spec = spec
        self._request = request
        self._made = load_object(spec)
        self._last: Iterator[Any] | None = None
        self._drawn = hashlib.sha256()
        self._had_samples = False
        self._first: Row | None = None
        self._begun: Iterator[Any] | None = None

    def labels(self) -> NDArray[Any] | None:
        return None

    def first_label(self) -> NDArray[Any] | None:
        """The label of the first sample; the sample is kept for the next pass."""
        if self._first is None:
            items = self._items()
            item = next(items)
            self._begun = itertools.chain([item], items)
            self._first = self._row(0, item)
        return self._first.label

    def one_shot(self) -> bool:
        """Whether another pass would go on with the iterator of the latest one.

        A function that gave such an iterator is called once more to see whether it makes a new
        one; nothing is drawn from it.
        """
        if self._last is None or not _cannot_restart(self._last):
            return False
        if not callable(self._made):
            return self._made is self._last
        if inspect.isgeneratorfunction(self._made):
            return False
        with user_code(self._spec):
            return self._made(**self._arguments()) is self._last

    def digest(self) -> str:
        """SHA-256 of the samples that the latest pass has drawn so far."""
        return self._drawn.hexdigest()

    def rows(self, indices: Sequence[int] | None) -> Iterator[Row]:
        self._drawn = hashlib.sha256()
        items, self._begun = self._begun or self._items(), None
        for index, item in pick(items, indices):
            row = self._row(index, item)
            self._first = self._first or row
            self._take_note(row)
            yield row

    def _items(self) -> Iterator[Any]:
        """One pass over what the user's code gives."""
        with user_code(self._spec):
            items = self._iterator()
        end = object()
        empty = True
        while True:
            with user_code(self._spec):
                item = next(items, end)
            if item is end:
                break
            empty = False
            self._had_samples = True
            yield item
        if empty:
            what = "the generator is exhausted" if self._had_samples else "gives no samples"
            raise DataError(what, where=self._spec, hint=_ONE_SHOT)

    def _iterator(self) -> Iterator[Any]:
        made = self._made(**self._arguments()) if callable(self._made) else self._made
        if not isinstance(made, Iterable):
            raise DataError(
                f"gives {type(made).__name__}, which cannot be iterated over",
                where=self._spec,
                hint="Yield samples, or return a list of them",
            )
        items = iter(made)
        if items is self._last and _cannot_restart(items):
            raise DataError("the generator is exhausted", where=self._spec, hint=_ONE_SHOT)
        self._last = items
        return items

    def _arguments(self) -> dict[str, Any]:
        """Those of `seed` and `split` that the callable names."""
        offered = {"seed": self._request.seed, "split": self._request.split}
        parameters = inspect.signature(self._made).parameters.values()
        for one in parameters:
            rest = one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
            if one.name not in offered and one.default is one.empty and not rest:
                raise DataError(
                    f"needs the argument {one.name!r}",
                    where=self._spec,
                    hint="Only seed and split are given, by name",
                )
        return {one.name: offered[one.name] for one in parameters if one.name in offered}

    def _row(self, index: int, item: Any) -> Row:
        where = f"{self._spec}, sample {index}"
        values, label = self._parts(item, where)
        arrays = {name: _array(value, f"{where}, input {name!r}") for name, value in values.items()}
        return Row(index, arrays, None if label is None else _array(label, f"{where}, the label"))

    def _parts(self, item: Any, where: str) -> tuple[dict[str, Any], Any]:
        """The inputs by name and the label of one item."""
        inputs = self._request.inputs
        label = None
        if isinstance(item, tuple):
            if len(item) != 2:
                raise DataError(
                    f"is a tuple of {len(item)}", where=where, hint="Yield (inputs, label)"
                )
            item, label = item
        if isinstance(item, Mapping):
            keys = match_keys(item.keys(), inputs, self._request.recipe.keys, where=where)
            if keys.label is not None:
                label = item[keys.label]
            return {name: item[key] for name, key in keys.inputs.items()}, label
        values = item if isinstance(item, list) else [item]
        if len(values) != len(inputs):
            names = ", ".join(one.name for one in inputs)
            raise DataError(
                f"has {len(values)} values, and the model has {len(inputs)} inputs, {names}",
                where=where,
                hint="Yield a dict with a value for each input name",
            )
        return dict(zip((one.name for one in inputs), values, strict=True)), label

    def _take_note(self, row: Row) -> None:
        label = () if row.label is None else (("", row.label),)
        for name, values in (*row.inputs.items(), *label):
            self._drawn.update(f"{name}\0{values.dtype.str}\0{values.shape}\0".encode())
            if not values.dtype.hasobject:
                self._drawn.update(np.ascontiguousarray(values).tobytes())


def _cannot_restart(items: Iterator[Any]) -> bool:
    """Whether going on with `items` means going on where the last pass ended."""
    return inspect.isgenerator(items) or type(items).__module__ in ("builtins", "itertools")


def _array(value: Any, where: str) -> NDArray[Any]:
    """A copy, because code may use one buffer for all its samples."""
    try:
        return np.array(value)
    except (ValueError, TypeError) as error:
        raise DataError(f"is no array ({error})", where=where) from error
