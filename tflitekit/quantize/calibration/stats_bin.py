"""The runner's file stats.bin into statistics. See android_bench/PROTOCOL.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import RunError
from tflitekit.quantize.calibration.stats import TensorStats, sorted_bins

FILE = "stats.bin"
_MAGIC = b"TKST"
_FORMAT = 1
_SIDES: tuple[Literal["input", "output"], ...] = ("input", "output")

PortKey = tuple[Literal["input", "output"], int]
"""Which side of the model, and which of its ports, in the order of the record `ready`."""


def parse_stats(content: bytes) -> Mapping[PortKey, TensorStats]:
    """The statistics of every float32 input and output.

    Raises:
        RunError: it is no stats.bin, of another format, or not whole.
    """
    reader = _Reader(content)
    if reader.raw(len(_MAGIC)) != _MAGIC:
        raise RunError("the runner's statistics are not readable", where=FILE)
    version, count = reader.array("<u4", 2)
    if version != _FORMAT:
        raise RunError(f"has the format {version}, this is format {_FORMAT}", where=FILE)
    return dict(_read_tensor(reader) for _ in range(count))


@dataclass
class _Reader:
    content: bytes
    position: int = 0

    def raw(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self.content):
            raise RunError("ends too early", where=FILE)
        part = self.content[self.position : end]
        self.position = end
        return part

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.raw(np.dtype(dtype).itemsize * count), dtype)


def _read_tensor(reader: _Reader) -> tuple[PortKey, TensorStats]:
    side, index, channels, occupied = (int(one) for one in reader.array("<u4", 4))
    count, nonfinite = (int(one) for one in reader.array("<u8", 2))
    minimum, maximum = reader.array("<f4", channels), reader.array("<f4", channels)
    total, squares = reader.array("<f8", channels), reader.array("<f8", channels)
    bins, counts = sorted_bins(reader.array("<u2", occupied), reader.array("<u8", occupied))
    stats = TensorStats(
        count=count,
        minimum=float(minimum.min()),
        maximum=float(maximum.max()),
        bins=bins,
        counts=counts,
        channel_min=minimum,
        channel_max=maximum,
        channel_sum=total,
        channel_sum2=squares,
        channel_count=count // channels,
        nonfinite=nonfinite,
    )
    return (_SIDES[side], index), stats
