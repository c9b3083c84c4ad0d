"""`module:callable`: samples that the user's own code makes."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.keys import match_keys
from tflitekit.data.samples import Row
from tflitekit.data.sources.base import Request, Source
from tflitekit.data.suggest import did_you_mean
from tflitekit.errors import DataError

_SPEC = re.compile(r"(?P<module>.*\.py|[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)")
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
        return _SPEC.fullmatch(spec) is not None

    def __init__(self, spec: str, request: Request) -> None:
        self._spec = spec
        self._request = request
        match = _SPEC.fullmatch(spec)
        if match is None:
            raise ValueError(f"{spec!r} is no module:callable")
        module = _import(match["module"], spec)
        self._made = _attribute(module, match["name"], spec)
        self._last: object = None
        self._drawn = hashlib.sha256()
        self._had_samples = False

    def labels(self) -> NDArray[Any] | None:
        return None

    def digest(self) -> str:
        """SHA-256 of the samples that the latest pass has drawn so far."""
        return self._drawn.hexdigest()

    def rows(self, indices: Sequence[int] | None) -> Iterator[Row]:
        self._drawn = hashlib.sha256()
        items = self._iterator()
        wanted = iter(indices) if indices is not None else None
        next_wanted = next(wanted, None) if wanted else 0
        index = 0
        while next_wanted is not None:
            with self._user_code():
                item = next(items, self)
            if item is self:
                break
            if wanted is None or index == next_wanted:
                row = self._row(index, item)
                self._take_note(row)
                yield row
                next_wanted = next(wanted, None) if wanted else index
            index += 1
        if index == 0:
            raise self._empty()

    def _iterator(self) -> Iterator[Any]:
        with self._user_code():
            made = self._made(**self._arguments()) if callable(self._made) else self._made
            if not isinstance(made, Iterable):
                raise DataError(
                    f"gives {type(made).__name__}, which cannot be iterated over",
                    where=self._spec,
                    hint="Yield samples, or return a list of them",
                )
            items = iter(made)
        if items is self._last:
            raise DataError("the generator is exhausted", where=self._spec, hint=_ONE_SHOT)
        self._last = items
        return items

    def _arguments(self) -> dict[str, Any]:
        offered = {"seed": self._request.seed, "split": self._request.split}
        try:
            parameters = inspect.signature(self._made).parameters.values()
        except ValueError:
            return {}
        for one in parameters:
            optional = one.default is not one.empty or one.kind in (
                one.VAR_KEYWORD,
                one.VAR_POSITIONAL,
            )
            if one.name not in offered and not optional:
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
            keys = match_keys(item, inputs, self._request.recipe.keys, where=where)
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
        self._had_samples = True

    def _empty(self) -> DataError:
        what = "the generator is exhausted" if self._had_samples else "gives no samples"
        return DataError(what, where=self._spec, hint=_ONE_SHOT)

    @contextmanager
    def _user_code(self) -> Iterator[None]:
        """Tell what the user's code raised, and where, in place of a traceback."""
        try:
            yield
        except DataError:
            raise
        except Exception as error:
            raise _raised(error, self._spec) from error


def _import(module: str, spec: str) -> ModuleType:
    folder = str(Path.cwd())
    if folder not in sys.path:
        # As `python -m` does, so that the user's modules are found beside the data.
        sys.path.insert(0, folder)
    try:
        if module.endswith(".py"):
            return _import_file(Path(module), spec)
        return importlib.import_module(module)
    except DataError:
        raise
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name in _parents(module):
            raise DataError(
                f"there is no module {error.name!r}",
                where=spec,
                hint="Run in the folder that holds it, or set PYTHONPATH",
            ) from error
        raise _raised(error, spec) from error


def _import_file(file: Path, spec: str) -> ModuleType:
    if not file.is_file():
        raise DataError("there is no such file", where=str(file))
    found = importlib.util.spec_from_file_location(f"_tflitekit_user_{file.stem}", file)
    if found is None or found.loader is None:
        raise DataError("cannot be imported", where=spec)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _parents(module: str) -> tuple[str, ...]:
    parts = module.split(".")
    return tuple(".".join(parts[: end + 1]) for end in range(len(parts)))


def _attribute(module: ModuleType, name: str, spec: str) -> Callable[..., Any] | Iterable[Any]:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            public = (one for one in vars(module) if not one.startswith("_"))
            raise DataError(
                f"{module.__name__} has no {name!r}", where=spec, hint=did_you_mean(name, public)
            )
        found = getattr(found, part)
    if not callable(found) and not isinstance(found, Iterable):
        raise DataError(f"is {type(found).__name__}, neither callable nor iterable", where=spec)
    return found  # type: ignore[no-any-return]


def _array(value: Any, where: str) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:
        raise DataError(f"is no array ({error})", where=where) from error


def _raised(error: Exception, spec: str) -> DataError:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = f" at {Path(last.filename).name}:{last.lineno}" if last else ""
    return DataError(
        f"raised {type(error).__name__}{place}: {error}",
        where=spec,
        hint="The error is in the code that makes the samples",
    )
