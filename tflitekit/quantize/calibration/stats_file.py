"""Calibration statistics in a file: to be used again, and merged with those of more samples.

A file belongs to one float model, whose digest it bears: ranges of another model, or of the same
one after a change of its weights, would be wrong without any sign of it.
"""

from __future__ import annotations

import itertools
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import DataError
from tflitekit.files import sha256_bytes
from tflitekit.graph import Model, write_model
from tflitekit.graph.model import Tensor
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.runtime.tensors import save_npz

FORMAT = 1

_UNREADABLE = (
    *(OSError, EOFError, ValueError, TypeError, LookupError, zipfile.BadZipFile, zlib.error),
)
"""What NumPy and a damaged file raise."""

_NUMBERS = ("count", "channel_count", "nonfinite")
_BY_BIN = {"bins": "u2", "counts": "u8"}
_BY_CHANNEL = {"channel_min": "f4", "channel_max": "f4", "channel_sum": "f8", "channel_sum2": "f8"}
"""Members of `TensorStats`: one number a tensor, one a bin, one a channel. Those of all tensors
lie one after the other in one array."""


def save_stats(path: Path, model: Model, stats: Mapping[Tensor, TensorStats]) -> None:
    """Write the statistics of `model` as .npz, whole or not at all.

    Args:
        path: replaced where it is there.
        model: the float model that was calibrated.
        stats: by tensor of its first signature's subgraph.

    Raises:
        OutputError: the file cannot be written.
    """
    places = {tensor: i for i, tensor in enumerate(model.signature().subgraph.tensors)}
    each = list(stats.values())
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array(FORMAT),
        "model": np.array(_digest(model)),
        "tensors": np.array([places[tensor] for tensor in stats], np.int64),
        "names": np.array([tensor.name for tensor in stats], np.str_),
        "num_bins": np.array([one.bins.size for one in each], np.int64),
        "num_channels": np.array([one.channel_min.size for one in each], np.int64),
    }
    arrays |= {name: np.array([getattr(one, name) for one in each], np.int64) for name in _NUMBERS}
    for name, dtype in (_BY_BIN | _BY_CHANNEL).items():
        arrays[name] = np.concatenate([np.zeros(0, dtype), *(getattr(one, name) for one in each)])
    save_npz(path, arrays)


def load_stats(path: Path, model: Model) -> dict[Tensor, TensorStats]:
    """The statistics of `model` that `save_stats` wrote.

    Raises:
        DataError: the file cannot be read, or holds the statistics of another model.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        _check_model(arrays, model)
        tensors = model.signature().subgraph.tensors
        return {
            tensors[place]: one
            for place, one in zip(arrays["tensors"], _unpack(arrays), strict=True)
        }
    except DataError as error:
        raise DataError(error.what, where=str(path), hint=error.hint) from None
    except _UNREADABLE as error:
        raise DataError(
            f"is no readable file of calibration statistics ({error})",
            where=str(path),
            hint="Calibrate again, or name the file that a calibration wrote",
        ) from error


def _check_model(arrays: Mapping[str, NDArray[Any]], model: Model) -> None:
    if int(arrays["format"]) != FORMAT:
        raise DataError(
            f"holds statistics of format {int(arrays['format'])}, this is format {FORMAT}",
            hint="Calibrate again",
        )
    if str(arrays["model"]) != _digest(model):
        raise DataError(
            "holds the calibration statistics of another model",
            hint="Calibrate this model and write to another file",
        )


def merge_stats(
    first: Mapping[Tensor, TensorStats], second: Mapping[Tensor, TensorStats]
) -> dict[Tensor, TensorStats]:
    """The statistics of both sets of samples together; both of the same model."""
    both = {tensor: one.merged(second[tensor]) for tensor, one in first.items() if tensor in second}
    return {**first, **second, **both}


def _digest(model: Model) -> str:
    """A hash of the whole model: structure, weights and names."""
    return sha256_bytes(write_model(model))


def _unpack(arrays: Mapping[str, NDArray[Any]]) -> Iterator[TensorStats]:
    sizes = dict.fromkeys(_BY_BIN, "num_bins") | dict.fromkeys(_BY_CHANNEL, "num_channels")
    parts = {name: _split(arrays[name], arrays[size]) for name, size in sizes.items()}
    for i in range(len(arrays["tensors"])):
        members: dict[str, Any] = {name: values[i] for name, values in parts.items()}
        members |= {name: int(arrays[name][i]) for name in _NUMBERS}
        low, high = float(members["channel_min"].min()), float(members["channel_max"].max())
        yield TensorStats(minimum=low, maximum=high, **members)


def _split(values: NDArray[Any], sizes: Sequence[int] | NDArray[Any]) -> list[NDArray[Any]]:
    ends = list(itertools.accumulate(int(size) for size in sizes))
    if values.size != (ends[-1] if ends else 0):
        raise ValueError("its arrays do not fit together")
    return [values[end - int(size) : end] for end, size in zip(ends, sizes, strict=True)]
