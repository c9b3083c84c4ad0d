"""Samples on disk: the parent writes them once, and any engine's process streams them."""

from __future__ import annotations

import errno
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import DataError, OutputError
from tflitekit.graph.spec import TensorSpec

Sample = Mapping[str, NDArray[Any]]
"""One array an input, by the input's name, of the input's full shape."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_INDEX = "samples.json"


@dataclass(frozen=True)
class StoredInput:
    """All samples of one input.

    Attributes:
        name: the input's name in the signature.
        shape: the shape of one sample, its batch included.
        dtype: a NumPy type name.
        file: where they lie in the store's folder, one after the other, in C order.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    file: str


@dataclass(frozen=True)
class SampleStore:
    """A folder of samples; memory holds one at a time.

    Attributes:
        folder: where they lie.
        inputs: what each sample consists of.
        count: how many samples there are.
    """

    folder: Path
    inputs: tuple[StoredInput, ...]
    count: int

    @classmethod
    def write(
        cls, folder: Path, inputs: Sequence[TensorSpec], samples: Iterable[Sample]
    ) -> SampleStore:
        """Store `samples` in `folder`, which is made if need be.

        Raises:
            DataError: there is no sample, or one lacks an input or has it in another shape or
                dtype.
            OutputError: the disk is full.
        """
        stored = tuple(
            StoredInput(spec.name, spec.shape, spec.dtype, f"{number}.bin")
            for number, spec in enumerate(inputs)
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            count = _write_all(folder, stored, samples)
        except OSError as error:
            if error.errno not in _FULL:
                raise  # not ours: it comes from where the samples come from
            raise OutputError(
                f"the samples cannot be stored ({error.strerror})",
                where=str(folder),
                hint="Free some space, or name another folder in TMPDIR",
            ) from error
        if count == 0:
            raise DataError("there is no sample to calibrate with", hint="Give --data with samples")
        index = {"count": count, "inputs": [asdict(one) for one in stored]}
        (folder / _INDEX).write_text(json.dumps(index))
        return cls(folder, stored, count)

    @classmethod
    def open(cls, folder: Path) -> SampleStore:
        """The store that `write` left in `folder`."""
        index = json.loads((folder / _INDEX).read_text())
        inputs = tuple(
            StoredInput(one["name"], tuple(one["shape"]), one["dtype"], one["file"])
            for one in index["inputs"]
        )
        return cls(folder, inputs, index["count"])

    def __iter__(self) -> Iterator[dict[str, NDArray[Any]]]:
        with ExitStack() as files:
            paths = [self.folder / one.file for one in self.inputs]
            opened = [files.enter_context(path.open("rb")) for path in paths]
            for _ in range(self.count):
                yield {
                    one.name: np.fromfile(file, one.dtype, math.prod(one.shape)).reshape(one.shape)
                    for one, file in zip(self.inputs, opened, strict=True)
                }


def _write_all(folder: Path, stored: Sequence[StoredInput], samples: Iterable[Sample]) -> int:
    count = 0
    with ExitStack() as files:
        opened = [files.enter_context((folder / one.file).open("wb")) for one in stored]
        for sample in samples:
            for one, file in zip(stored, opened, strict=True):
                file.write(_checked(one, sample, count).tobytes())
            count += 1
    return count


def _checked(one: StoredInput, sample: Sample, number: int) -> NDArray[Any]:
    values = sample.get(one.name)
    if values is None:
        raise DataError(f"sample {number} lacks the input {one.name!r}")
    if values.shape != one.shape or values.dtype != np.dtype(one.dtype):
        raise DataError(
            f"sample {number} is {values.dtype}{list(values.shape)}, "
            f"and the model takes {one.dtype}{list(one.shape)}",
            where=f"input {one.name!r}",
        )
    return values
