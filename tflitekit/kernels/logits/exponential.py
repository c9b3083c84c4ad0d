"""Weights of a softmax in integers: exp as a table of one octave and shifts.

The logits are in units of 1/64 octave: a weight is 2^((logit - largest) / 64), in steps of one
2^15th or less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PARTS = 64
"""Entries of the table: parts of an octave."""

UNITS = PARTS * math.log2(math.e)
"""Units of a logit of 1.0."""

MOST_BITS = 15
"""A weight is below 2 to this power."""

LEAST = -1e30
"""A masked logit, in units: with anything added it stays the same in float32, so that a row of
which all is masked becomes uniform, as with -1e9 in float."""

CUT = PARTS * (MOST_BITS + 2)
"""Units below the largest logit from which on a weight is 0."""


@dataclass(frozen=True)
class Added:
    """What changes logits before their softmax; of both, one at most is there.

    Attributes:
        kept: which logits are not masked, bool.
        numbers: what is added to them, in units, float32.
    """

    kept: NDArray[np.bool_] | None = None
    numbers: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Weights:
    """Of each row of logits.

    Attributes:
        values: int32 [..., n].
        sums: int64 [..., 1].
        is_empty: whether all of a row is masked, bool [..., 1]; its weights are all alike.
    """

    values: NDArray[np.int32]
    sums: NDArray[np.int64]
    is_empty: NDArray[np.bool_]


def table() -> NDArray[np.uint16]:
    """2^(-i / 64) in steps of 2^-16, and so far below 1 that weights of 15 bits, and of 14, fit:
    uint16 [64]."""
    return np.rint(65532 * 2.0 ** (-np.arange(PARTS) / PARTS)).astype(np.uint16)


def by_step(scale: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Weights of int8 logits by how many steps they are below the largest.

    Args:
        scale: a step, in real units.

    Returns:
        The low and the high byte of each, uint8 [256].
    """
    exact = np.rint(32766 * np.exp(-np.arange(256) * float(scale))).astype(np.uint16)
    return (exact & 255).astype(np.uint8), (exact >> 8).astype(np.uint8)


def weights(steps: NDArray[np.int64], added: Added, scale: float, shift: int) -> Weights:
    """Weights of the elements of each row, some 2^(15 - shift) for the largest.

    Args:
        steps: the logits as integers, [..., n].
        added: of the same shape.
        scale: units of a step.
        shift: bits that a weight has less than 15.
    """
    below, is_empty = _below(steps, added, np.float32(scale))
    units = np.rint(np.minimum(below, np.float32(CUT))).astype(np.int32)
    doubled = table().astype(np.int32)[units % PARTS] >> (units // PARTS + shift)
    values = (doubled + 1) >> 1
    return Weights(values, values.sum(axis=-1, keepdims=True, dtype=np.int64), np.asarray(is_empty))


def weights_by_step(steps: NDArray[np.int64], added: Added, by_step: NDArray[np.int32]) -> Weights:
    """Weights of int8 logits to which no numbers are added.

    Args:
        steps: [..., n].
        added: of the same shape.
        by_step: the weight of each number of steps below the largest, [256].
    """
    kept = np.ones(steps.shape, bool) if added.kept is None else added.kept
    is_empty = np.logical_not(kept.any(axis=-1, keepdims=True))
    largest = np.where(kept, steps, -128).max(axis=-1, keepdims=True)
    found = by_step[np.where(kept, largest - steps, 0)]
    values = np.where(is_empty, by_step[0], np.where(kept, found, 0)).astype(np.int32)
    return Weights(values, values.sum(axis=-1, keepdims=True, dtype=np.int64), np.asarray(is_empty))


def shift_for(keys: int, largest_factor: int) -> int:
    """The least shift with which `keys` weights times `largest_factor` each sum to less than 2^31.

    Args:
        keys: weights of a row.
        largest_factor: 255 for int8 values less their zero point.
    """
    most = (2**31 - 1) // max(keys * largest_factor, 1)
    return max(0, MOST_BITS - (most.bit_length() - 1))


def _below(
    steps: NDArray[np.int64], added: Added, scale: np.float32
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Units below the largest logit, and which rows are masked completely."""
    if added.numbers is not None:
        logits = np.maximum(steps.astype(np.float32) * scale + added.numbers, np.float32(LEAST))
        largest = logits.max(axis=-1, keepdims=True)
        return largest - logits, np.asarray(largest == np.float32(LEAST))
    kept = np.ones(steps.shape, bool) if added.kept is None else added.kept
    largest_kept = np.where(kept, steps, steps.min()).max(axis=-1, keepdims=True)
    below = (largest_kept - steps).astype(np.float32) * scale
    is_empty = np.logical_not(kept.any(axis=-1, keepdims=True))
    below = np.where(kept, below, np.float32(CUT))
    return np.where(is_empty, np.float32(0), below), np.asarray(is_empty)
