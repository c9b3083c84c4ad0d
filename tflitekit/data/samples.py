"""One sample, as a source gives it and as a model takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class Row:
    """One sample as its source holds it, before preprocessing and checks.

    Attributes:
        index: its place in the set, from 0.
        inputs: values by the model's input name, of the shape and type that the source has.
        label: what the model should answer: a scalar or an array, or None.
        origin: the file or line it came from, for messages; empty where the index says it all.
        pictures: the names in `inputs` that were decoded from pictures: uint8 [height, width,
            channels] of any size.
    """

    index: int
    inputs: Mapping[str, NDArray[Any]]
    label: NDArray[Any] | None = None
    origin: str = ""
    pictures: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sample:
    """One sample ready for a float model.

    Attributes:
        index: its place in the set, from 0.
        inputs: values by input name; each has its input's full shape, the leading batch
            included, and its input's type, float32 where the input is quantized.
        label: what the model should answer: an array, of rank 0 for a class; None if unknown.
    """

    index: int
    inputs: dict[str, NDArray[Any]]
    label: NDArray[Any] | None
