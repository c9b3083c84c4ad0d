"""CSV and TSV files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.samples import Row
from tflitekit.data.sources.base import Request, Source, content_digest
from tflitekit.data.sources.columns import match_columns, sample_shape
from tflitekit.data.sources.picking import pick
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


class TableSource(Source):
    """One sample a line, under a first line that names the columns.

    A column belongs to the input of its name; an input of several values has them in columns
    `name_0`, `name_1`... or `name[0]`, `name[1]`..., in row-major order. Where no column bears the
    name of a model's only input, all columns but the label are its values, in their order.
    Labels are in `y` or `label`: integers, real numbers, or names, whose sorted places are then
    the classes.
    """

    kind = ".csv or .tsv (a first line that names the columns)"

    @classmethod
    def accepts(cls, spec: str) -> bool:
        return Path(spec).suffix.lower() in _DELIMITERS

    def __init__(self, spec: str, request: Request) -> None:
        self._file = Path(spec)
        self._inputs = request.inputs
        self._header = self._read_header()
        self._columns = match_columns(self._header, request.inputs, request.recipe.keys, where=spec)
        self.count, self._labels, self.class_names = self._scan()

    def labels(self) -> NDArray[Any] | None:
        return self._labels

    def digest(self) -> str:
        return content_digest(self._file)

    def rows(self, indices: Sequence[int] | None) -> Iterator[Row]:
        for index, (line, cells) in pick(self._lines(), indices):
            inputs = {one.name: self._values(one, cells, line) for one in self._inputs}
            label = None if self._labels is None else np.asarray(self._labels[index])
            yield Row(index, inputs, label, f"line {line}")

    def _read_header(self) -> list[str]:
        with _reading(self._file):
            first = next(self._records(), (0, []))
        names = [name.strip() for name in first[1]]
        if not names:
            raise DataError("the data set is empty", where=str(self._file))
        if all(_is(float, name) for name in names):
            raise DataError(
                "the first line holds numbers, and must name the columns",
                where=str(self._file),
                hint="Write a first line such as x_0,x_1,y",
            )
        for name in names:
            if names.count(name) > 1:
                raise DataError(f"two columns are called {name!r}", where=str(self._file))
        return names

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """The line number and the cells of each sample."""
        width = len(self._header)
        with _reading(self._file):
            records = self._records()
            next(records, None)
            for line, cells in records:
                if len(cells) != width:
                    raise DataError(
                        f"has {len(cells)} cells, and the first line has {width}",
                        where=f"{self._file}, line {line}",
                    )
                yield line, cells

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        delimiter = _DELIMITERS[self._file.suffix.lower()]
        with self._file.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for cells in reader:
                if cells:
                    yield reader.line_num, cells

    def _scan(self) -> tuple[int, NDArray[Any] | None, tuple[str, ...] | None]:
        """The number of samples, their labels, and the names of the classes."""
        column = self._columns.label
        if column is None:
            return sum(1 for _ in self._lines()), None, None
        texts = [cells[column].strip() for _, cells in self._lines()]
        if "" in texts:
            raise DataError(f"sample {texts.index('')} has no label", where=str(self._file))
        for kind in (int, float):
            if all(_is(kind, text) for text in texts):
                return len(texts), np.asarray([kind(text) for text in texts]), None
        names, places = np.unique(texts, return_inverse=True)
        return len(texts), places, tuple(str(name) for name in names)

    def _values(self, spec: TensorSpec, cells: Sequence[str], line: int) -> NDArray[Any]:
        kind = float if spec.dtype.startswith("float") else int
        columns = self._columns.inputs[spec.name]
        numbers = [self._number(kind, cells[at], at, line) for at in columns]
        dtype = np.float64 if kind is float else np.int64
        return np.asarray(numbers, dtype).reshape(sample_shape(spec, len(columns)))

    def _number(self, kind: Callable[[str], float], cell: str, at: int, line: int) -> float:
        if not _is(kind, cell):
            raise DataError(
                f"column {self._header[at]!r} holds {cell[:40]!r}, "
                f"and {'a' if kind is float else 'a whole'} number is needed",
                where=f"{self._file}, line {line}",
                hint="Turn text into numbers first, or use module:callable",
            )
        return kind(cell)


def _is(kind: Callable[[str], float], cell: str) -> bool:
    """Whether the cell is such a number, one that 64 bits hold if it is whole."""
    try:
        number = kind(cell)
    except ValueError:
        return False
    return kind is float or -(2**63) <= number < 2**63


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"cannot be read ({error})", where=str(file), hint="Is it UTF-8 text?"
        ) from error
