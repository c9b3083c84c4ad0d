"""TFRecord files of `tf.train.Example`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.keys import Keys, match_keys
from tflitekit.data.preprocess import picture_shape
from tflitekit.data.samples import Row
from tflitekit.data.sources.base import Request, Source, content_digest
from tflitekit.data.sources.columns import sample_shape
from tflitekit.data.sources.example_proto import DecodeError, Feature, parse_example
from tflitekit.data.sources.pictures import decode, note_pixel_range
from tflitekit.data.sources.tfrecord_framing import count_records, read_records
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

_NAME = re.compile(r".*\.(tfrecords?|tfrec)(-\d+-of-\d+)?(\.gz)?", re.IGNORECASE)


class TfRecordSource(Source):
    """Records of `tf.train.Example`: a feature for each input, and `y` or `label`.

    A bytes feature must be a picture that Pillow can decode; a float or integer feature is
    reshaped to the input. Other features are let pass, since records carry file names and sizes.
    """

    kind = ".tfrecord (of tf.train.Example)"

    @classmethod
    def accepts(cls, spec: str) -> bool:
        return _NAME.fullmatch(spec) is not None

    def __init__(self, spec: str, request: Request) -> None:
        self._file = Path(spec)
        self._request = request
        self.count = count_records(self._file)
        for row in self.rows((0,)):
            for name in row.pictures:
                note_pixel_range(request, name)

    def labels(self) -> NDArray[Any] | None:
        """All labels; the first call reads the whole file."""
        return self._all_labels

    @cached_property
    def _all_labels(self) -> NDArray[Any] | None:
        labels = [self._label(*example) for example in self._examples(None)]
        known = [label for label in labels if label is not None]
        if not known:
            return None
        for index, label in enumerate(labels):
            if label is None or label.shape != known[0].shape:
                raise DataError("has no label like the others", where=self._where(index))
        return np.stack(known)

    def digest(self) -> str:
        return content_digest(self._file)

    def rows(self, indices: Sequence[int] | None) -> Iterator[Row]:
        for index, features, keys in self._examples(indices):
            pictures: set[str] = set()
            inputs: dict[str, NDArray[Any]] = {}
            for spec in self._request.inputs:
                feature = features[keys.inputs[spec.name]]
                if isinstance(feature, list):
                    pictures.add(spec.name)
                    inputs[spec.name] = self._picture(feature, spec, index)
                else:
                    inputs[spec.name] = self._numbers(feature, spec, index)
            label = self._label(index, features, keys)
            yield Row(index, inputs, label, pictures=frozenset(pictures))

    def _examples(
        self, indices: Sequence[int] | None
    ) -> Iterator[tuple[int, Mapping[str, Feature], Keys]]:
        inputs, renamed = self._request.inputs, self._request.recipe.keys
        for index, content in read_records(self._file, indices):
            where = self._where(index)
            try:
                features = parse_example(content)
            except DecodeError as error:
                raise DataError("is no tf.train.Example", where=where) from error
            yield index, features, match_keys(features, inputs, renamed, where=where, extra=True)

    def _picture(self, feature: list[bytes], spec: TensorSpec, index: int) -> NDArray[Any]:
        where = f"{self._where(index)}, input {spec.name!r}"
        if len(feature) != 1:
            raise DataError(
                f"holds {len(feature)} byte strings, one picture is needed", where=where
            )
        layout = self._request.recipe.steps(spec.name).layout
        return decode(feature[0], picture_shape(spec, layout)[2], where)

    def _numbers(self, feature: NDArray[Any], spec: TensorSpec, index: int) -> NDArray[Any]:
        try:
            return feature.reshape(sample_shape(spec, feature.size))
        except ValueError:
            raise DataError(
                f"holds {feature.size} values, and the input takes {list(spec.shape)}",
                where=f"{self._where(index)}, input {spec.name!r}",
            ) from None

    def _label(
        self, index: int, features: Mapping[str, Feature], keys: Keys
    ) -> NDArray[Any] | None:
        if keys.label is None:
            return None
        label = features[keys.label]
        if isinstance(label, list) or label.size == 0:
            raise DataError(
                f"the label {keys.label!r} is no number",
                where=self._where(index),
                hint="Store a class as an integer",
            )
        return label.reshape(()) if label.size == 1 else label

    def _where(self, index: int) -> str:
        return f"{self._file}, record {index}"
