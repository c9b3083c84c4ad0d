"""What every kind of source is asked for and can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.recipe import Recipe, Split
from tflitekit.data.samples import Row
from tflitekit.errors import DataError
from tflitekit.files import sha256_tree
from tflitekit.graph.spec import TensorSpec
from tflitekit.progress import Progress


@dataclass(frozen=True)
class Request:
    """What a source is opened for.

    Attributes:
        inputs: the float model's inputs.
        recipe: what `dataset.toml` says.
        split: the part of the data that is wanted, for sources that make their own.
        seed: for sources that draw at random.
        progress: who is told of what is worth reading.
    """

    inputs: tuple[TensorSpec, ...]
    recipe: Recipe
    split: Split
    seed: int
    progress: Progress


class Source(ABC):
    """One kind of place that samples come from. It holds no open file between calls.

    Attributes:
        kind: what it reads, in words.
        count: the number of samples; None where it is not known before they are drawn.
        class_names: what the classes are called, by label; None where they have no names.
    """

    kind: ClassVar[str]
    count: int | None = None
    class_names: tuple[str, ...] | None = None

    @classmethod
    @abstractmethod
    def accepts(cls, spec: str) -> bool:
        """Whether `spec`, a path or `module:callable`, is of this kind. Reads no content."""

    @abstractmethod
    def __init__(self, spec: str, request: Request) -> None:
        """Open the source and check what can be checked without reading all of it.

        Raises:
            DataError: it cannot be read, is empty, or does not fit the inputs.
        """

    @abstractmethod
    def labels(self) -> NDArray[Any] | None:
        """All labels, [count] or [count, ...]; None where there are none or `count` is None."""

    def first_label(self) -> NDArray[Any] | None:
        """The label of the first sample, of rank 0 for a class; None where there are no labels.

        Raises:
            DataError: the sample cannot be read.
        """
        labels = self.labels()
        return None if labels is None else np.asarray(labels[0])

    @abstractmethod
    def rows(self, indices: Sequence[int] | None) -> Iterator[Row]:
        """The samples of increasing `indices`, or all, one at a time.

        Raises:
            DataError: a sample cannot be read.
        """

    def one_shot(self) -> bool:
        """Whether the samples that were just drawn cannot be drawn again."""
        return False

    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of the content, 64 hexadecimal digits, the same wherever the data lie."""


def content_digest(path: Path) -> str:
    """SHA-256 of a file or folder, as `files.sha256_tree`.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return sha256_tree(path)
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", where=str(path)) from error
