"""Constants as symmetric integers of 8 or 4 bits. Pure: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST = {"int8": 127, "int4": 7}
"""The largest integer of each type; the smallest is its negative, as kernels expect of weights."""

_SHRINKS = {"int8": (1.0,), "int4": tuple(np.linspace(1.0, 0.6, 21).tolist())}
"""Shares of the largest magnitude that a channel's range may be. Four bits gain some 1 dB by
clipping, eight bits nothing."""


@dataclass(frozen=True)
class Steps:
    """A constant as integers.

    Attributes:
        values: int8, of the constant's shape.
        scales: float32, one a channel.
        axis: the channel axis.
    """

    values: NDArray[np.int8]
    scales: NDArray[np.float32]
    axis: int


def to_steps(values: NDArray[np.float32], axis: int, dtype: str) -> Steps:
    """The integers and scales of the least squared error in each channel.

    Args:
        values: finite.
        axis: the channel axis; not negative.
        dtype: a name of `LARGEST`.
    """
    channels = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
    peaks = np.abs(channels).max(axis=1, initial=0.0)
    peaks = np.where(peaks > 0, peaks, np.float32(1))
    best = np.full(peaks.shape, np.inf)
    scales = np.ones(peaks.shape, np.float32)
    for share in _SHRINKS[dtype]:
        tried = _scales(peaks, share, dtype)
        errors = _squared_errors(channels, tried, dtype)
        better = errors < best
        best, scales = np.where(better, errors, best), np.where(better, tried, scales)
    along = [-1 if one == axis else 1 for one in range(values.ndim)]
    return Steps(_rounded(values, scales.reshape(along), dtype), scales, axis)


def _scales(peaks: NDArray[np.float32], share: float, dtype: str) -> NDArray[np.float32]:
    # The product with an activation's scale must not leave float32's normal numbers.
    smallest = np.float32(2.0**-60)
    scales = np.maximum(peaks * np.float32(share / LARGEST[dtype]), smallest)
    return np.asarray(scales, np.float32)


def _squared_errors(
    channels: NDArray[np.float32], scales: NDArray[np.float32], dtype: str
) -> NDArray[np.float64]:
    columns = scales[:, None]
    errors = _rounded(channels, columns, dtype) * columns - channels
    sums: NDArray[np.float64] = np.square(errors, dtype=np.float64).sum(axis=1)
    return sums


def _rounded(
    values: NDArray[np.float32], scales: NDArray[np.float32], dtype: str
) -> NDArray[np.int8]:
    limit = LARGEST[dtype]
    return np.asarray(np.clip(np.rint(values / scales), -limit, limit), np.int8)
