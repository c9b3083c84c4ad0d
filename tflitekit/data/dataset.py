"""Samples that fit a model, from any kind of source, one at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.checks import check_label, conform, float_inputs
from tflitekit.data.locate import locate
from tflitekit.data.preprocess import preprocess
from tflitekit.data.recipe import FILE_NAME, Recipe, Split
from tflitekit.data.samples import Row, Sample
from tflitekit.data.sources import open_source
from tflitekit.data.sources.base import Request, Source, content_digest
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec
from tflitekit.progress import SILENT, Progress
from tflitekit.suggest import did_you_mean


def open_dataset(
    spec: str,
    inputs: Sequence[TensorSpec],
    *,
    split: Split = "calibrate",
    seed: int = 0,
    progress: Progress = SILENT,
) -> Dataset:
    """Open the data that `spec` names, for a model with these inputs.

    Args:
        spec: a path, the name of a data set, or `module:callable`; see `locate` for the order.
        inputs: the model's inputs. Data are real values, so for a quantized input the samples
            are float32 and not yet quantized.
        split: which part, where `dataset.toml` names parts. A plain path has only one.
        seed: given to a callable that takes it.
        progress: told of what is worth reading.

    Raises:
        DataError: there are no such data, they cannot be read, are empty, or lack an input.
    """
    name, place, recipe = locate(spec, split)
    plain = float_inputs(inputs)
    for named in (*recipe.inputs, *(key for key in recipe.keys if key != "label")):
        if named not in (names := [one.name for one in plain]):
            raise DataError(
                f"the model has no input {named!r}",
                where=str(recipe.folder / FILE_NAME if recipe.folder else spec),
                hint=did_you_mean(named, names),
            )
    try:
        source = open_source(place, Request(plain, recipe, split, seed, progress))
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror or error})", where=place) from error
    if source.count == 0:
        raise DataError("the data set is empty", where=place)
    return Dataset(name, place, plain, source, recipe, progress)


@dataclass(frozen=True)
class Dataset:
    """A set of samples for one model.

    Attributes:
        name: what the set calls itself, or its file's name.
        place: the file, folder or `module:callable` that is read, for messages.
        inputs: the float model's inputs.
        source: where the samples come from.
        recipe: what is done to their values.
        progress: told when there are fewer samples than were asked for.
    """

    name: str
    place: str
    inputs: tuple[TensorSpec, ...]
    source: Source
    recipe: Recipe
    progress: Progress

    @property
    def count(self) -> int | None:
        """The number of samples; None where it is not known before they are drawn."""
        return self.source.count

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """What the classes are called, by label; None where they have no names."""
        return self.source.class_names

    @property
    def metric(self) -> str | None:
        """What accuracy is measured by.

        What `dataset.toml` says; without it "top1" where a label is one integer, None otherwise.
        """
        label = None if self.recipe.metric else self.source.first_label()
        is_class = label is not None and label.ndim == 0 and label.dtype.kind in "iub"
        return "top1" if is_class else self.recipe.metric

    def labels(self) -> NDArray[Any] | None:
        """All labels, `[count]` or `[count, ...]`; None without labels or where count is None."""
        return self.source.labels()

    @property
    def one_shot(self) -> bool:
        """Whether the samples that were just drawn cannot be drawn again."""
        return self.source.one_shot()

    def digest(self) -> str:
        """SHA-256 of the data and of `dataset.toml`, 64 hexadecimal digits.

        For a callable, of the samples that the latest `stream` has drawn so far.
        """
        content = self.source.digest()
        if self.recipe.folder is None:
            return content
        recipe = content_digest(self.recipe.folder / FILE_NAME)
        return hashlib.sha256(f"{recipe}\n{content}\n".encode()).hexdigest()

    def stream(
        self,
        indices: Sequence[int] | None = None,
        refused: Callable[[DataError], None] | None = None,
    ) -> Iterator[Sample]:
        """The samples, preprocessed and checked, one in memory at a time.

        Args:
            indices: which, in increasing order, as `choose` gives them; None for all.
            refused: told of each sample that does not fit its input, which is then left out;
                None raises the first.

        Raises:
            DataError: a sample cannot be read or does not fit its input.
            ValueError: `indices` do not increase or are out of range.
        """
        _check_indices(indices, self.count)
        done = 0
        for row in self.source.rows(indices):
            done += 1
            try:
                sample = self._sample(row)
            except DataError as error:
                if refused is None:
                    raise
                refused(error)
            else:
                yield sample
        if indices is not None and done < len(indices):
            self.progress.warn(f"{self.name}: {len(indices)} samples asked for, {done} there")

    def _sample(self, row: Row) -> Sample:
        origin = f" ({row.origin})" if row.origin else ""
        where = f"{self.place}, sample {row.index}{origin}"
        if row.label is not None:
            check_label(row.label, where)
        return Sample(
            row.index, {one.name: self._value(row, one, where) for one in self.inputs}, row.label
        )

    def _value(self, row: Row, spec: TensorSpec, where: str) -> NDArray[Any]:
        where = f"{where}, input {spec.name!r}"
        steps = self.recipe.steps(spec.name)
        picture = spec.name in row.pictures
        values = preprocess(row.inputs[spec.name], steps, spec, picture=picture, where=where)
        return conform(values, spec, where)


def _check_indices(indices: Sequence[int] | None, count: int | None) -> None:
    if indices is None or len(indices) == 0:
        return
    if isinstance(indices, range):
        increasing = indices.step > 0
    else:
        increasing = bool((np.diff(np.asarray(indices)) > 0).all())
    if not increasing or indices[0] < 0 or (count is not None and indices[-1] >= count):
        raise ValueError("indices must increase and be in range")
