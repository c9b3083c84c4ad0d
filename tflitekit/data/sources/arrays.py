"""`.npz` and `.npy` files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tflitekit.data.keys import match_keys
from tflitekit.data.samples import Row
from tflitekit.data.sources.base import Request, Source, content_digest
from tflitekit.data.sources.npy_format import ArrayFile, npy_array, npz_arrays
from tflitekit.errors import DataError


class _Arrays(Source):
    """Arrays that share their first axis, the samples."""

    _file: Path
    _inputs: Mapping[str, ArrayFile]
    _label: ArrayFile | None

    def labels(self) -> NDArray[Any] | None:
        return None if self._label is None else self._label.read()

    def rows(self, indices: Sequence[int] | None) -> Iterator[Row]:
        wanted = range(self.count or 0) if indices is None else indices
        columns = {name: array.rows(wanted) for name, array in self._inputs.items()}
        labels = None if self._label is None else self._label.rows(wanted)
        for index in wanted:
            values = {name: next(column) for name, column in columns.items()}
            yield Row(index, values, None if labels is None else next(labels))

    def digest(self) -> str:
        return content_digest(self._file)


class NpzSource(_Arrays):
    """One array per input name, `[N, *shape]`, or `[N, *shape[1:]]` where the batch is 1.

    A model with one input also takes the name `x`. Labels are in `y`. Archives that are not
    compressed are read in place; the others are unpacked in passing.
    """

    kind = ".npz (an array for each input, and y for the labels)"

    @classmethod
    def accepts(cls, spec: str) -> bool:
        return spec.lower().endswith(".npz")

    def __init__(self, spec: str, request: Request) -> None:
        self._file = Path(spec)
        arrays = npz_arrays(self._file)
        if not arrays:
            raise DataError("holds no array", where=spec)
        keys = match_keys(arrays, request.inputs, request.recipe.keys, where=spec)
        self._inputs = {name: arrays[key] for name, key in keys.inputs.items()}
        self._label = None if keys.label is None else arrays[keys.label]
        self.count = _common_count(arrays, spec)


class NpySource(_Arrays):
    """One array for a model with one input, `[N, *shape]`, or `[N, *shape[1:]]`; no labels."""

    kind = ".npy (an array for a model with one input)"

    @classmethod
    def accepts(cls, spec: str) -> bool:
        return spec.lower().endswith(".npy")

    def __init__(self, spec: str, request: Request) -> None:
        if len(request.inputs) != 1:
            names = ", ".join(one.name for one in request.inputs)
            raise DataError(
                f"holds one array, and the model has {len(request.inputs)} inputs, {names}",
                where=spec,
                hint="Store an .npz with an array for each",
            )
        self._file = Path(spec)
        self._inputs = {request.inputs[0].name: npy_array(self._file)}
        self._label = None
        self.count = _common_count({"": self._inputs[request.inputs[0].name]}, spec)


def _common_count(arrays: Mapping[str, ArrayFile], where: str) -> int:
    counts = {name: array.shape[0] for name, array in arrays.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        raise DataError(f"the arrays differ in their number of samples: {told}", where=where)
    return next(iter(counts.values()))
