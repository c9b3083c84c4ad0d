"""Samples in parts, so that neither memory nor a device's disk has to hold a whole data set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from tflitekit.data import Sample
from tflitekit.data.sequences import SameLength, run_inputs
from tflitekit.graph import Model
from tflitekit.graph.state import state_of

PART_BYTES = 128 << 20
"""What the samples of one part and the answers to them take at most, in real values of 4 bytes."""

_VALUE_BYTES = 4


def in_parts(
    samples: Iterable[Sample], graph: Model, part_bytes: int = PART_BYTES
) -> Iterator[list[Sample]]:
    """The samples in lists, each of one sample at least.

    Args:
        samples: for `graph`; those of a model with a state are of one length.
        graph: the model, whose outputs tell the size of the answers.
        part_bytes: how much one list may take, together with the answers.

    Raises:
        DataError: the samples are of different lengths.
    """
    lengths = SameLength(run_inputs(graph) if state_of(graph) else [])
    answer = sum(_size(one.shape) for one in graph.signature().output_specs()) * _VALUE_BYTES
    part: list[Sample] = []
    used = 0
    for sample in samples:
        size = answer * lengths.check(sample.inputs)
        size += sum(values.nbytes for values in sample.inputs.values())
        if part and used + size > part_bytes:
            yield part
            part, used = [], 0
        part.append(sample)
        used += size
    if part:
        yield part


def _size(shape: tuple[int, ...]) -> int:
    return math.prod(size for size in shape if size > 0)
