"""Samples on disk: the parent writes them once, and any engine's process streams them."""

from __future__ import annotations

import errno
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.sequences import SameLength, in_steps, joined, run_inputs
from tflitekit.errors import DataError, OutputError
from tflitekit.graph import Model
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.state import state_of

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
        steps: in how many runs each is given; 1 for a model without a state.
    """

    folder: Path
    inputs: tuple[StoredInput, ...]
    count: int
    steps: int = 1

    @classmethod
    def write(
        cls,
        folder: Path,
        inputs: Sequence[TensorSpec],
        samples: Iterable[Sample],
        *,
        in_parts: bool = False,
    ) -> SampleStore:
        """Store `samples` in `folder`, which is made if need be.

        Args:
            inputs: what one run of the model takes.
            in_parts: whether the samples are sequences for a model with a state.

        Raises:
            DataError: there is no sample, or one lacks an input or has it in another shape or
                dtype, or sequences are of different lengths.
            OutputError: the disk is full.
        """
        stored = tuple(
            StoredInput(spec.name, spec.shape, spec.dtype, f"{number}.bin")
            for number, spec in enumerate(inputs)
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lengths = SameLength(inputs if in_parts else [])
            count = _write_all(folder, inputs, samples, lengths)
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
        steps = lengths.steps
        index = {"count": count, "steps": steps, "inputs": [asdict(one) for one in stored]}
        (folder / _INDEX).write_text(json.dumps(index))
        return cls(folder, stored, count, steps)

    @classmethod
    def for_model(cls, folder: Path, model: Model, samples: Iterable[Sample]) -> SampleStore:
        """Store the samples of a model, sequences of any length where it has a state.

        Raises:
            DataError, OutputError: as `write`.
        """
        return cls.write(folder, run_inputs(model), samples, in_parts=bool(state_of(model)))

    @classmethod
    def open(cls, folder: Path) -> SampleStore:
        """The store that `write` left in `folder`."""
        index = json.loads((folder / _INDEX).read_text())
        inputs = tuple(
            StoredInput(one["name"], tuple(one["shape"]), one["dtype"], one["file"])
            for one in index["inputs"]
        )
        return cls(folder, inputs, index["count"], index["steps"])

    def __iter__(self) -> Iterator[dict[str, NDArray[Any]]]:
        with ExitStack() as files:
            paths = [self.folder / one.file for one in self.inputs]
            opened = [files.enter_context(path.open("rb")) for path in paths]
            for _ in range(self.count):
                yield {
                    one.name: self._next(one, file)
                    for one, file in zip(self.inputs, opened, strict=True)
                }

    def _next(self, one: StoredInput, file: BinaryIO) -> NDArray[Any]:
        """The next sample of one input, a sequence in one piece."""
        size = self.steps * math.prod(one.shape)
        parts = np.fromfile(file, one.dtype, size).reshape(self.steps, *one.shape)
        if len(one.shape) < 2:
            return np.asarray(parts[0])
        whole: NDArray[Any] = joined(parts, self.steps, one.shape[1])[0]
        return whole


def _write_all(
    folder: Path, inputs: Sequence[TensorSpec], samples: Iterable[Sample], lengths: SameLength
) -> int:
    count = 0
    with ExitStack() as files:
        opened = [
            files.enter_context((folder / f"{number}.bin").open("wb"))
            for number in range(len(inputs))
        ]
        for sample in samples:
            _check_there(inputs, sample, count)
            steps = lengths.check(sample)
            for one, file in zip(inputs, opened, strict=True):
                file.write(_checked(one, sample[one.name], steps, count).tobytes())
            count += 1
    return count


def _check_there(inputs: Sequence[TensorSpec], sample: Sample, number: int) -> None:
    for one in inputs:
        if one.name not in sample:
            raise DataError(f"sample {number} lacks the input {one.name!r}")


def _checked(one: TensorSpec, values: NDArray[Any], steps: int, number: int) -> NDArray[Any]:
    """What each run takes of a sample, [steps, *shape]."""
    parts = in_steps(values, one, steps)
    if parts.shape[1:] != one.shape or values.dtype != np.dtype(one.dtype):
        raise DataError(
            f"sample {number} is {values.dtype}{list(values.shape)}, "
            f"and the model takes {one.dtype}{list(one.shape)}",
            where=f"input {one.name!r}",
        )
    return parts
