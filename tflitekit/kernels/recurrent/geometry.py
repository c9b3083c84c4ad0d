"""Which elements a convolutional recurrent layer's windows have: android_bench/kernels/recurrent.c.

A dense layer is one without spatial axes; every layer has three here, of size 1 where it has fewer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

AXES = 3


def three(sizes: Sequence[int]) -> tuple[int, ...]:
    """Depth, height and width, from as many of the last of them as there are."""
    return (1,) * (AXES - len(sizes)) + tuple(int(size) for size in sizes)


@dataclass(frozen=True)
class Windows:
    """The windows of a convolution.

    Attributes:
        out: the sizes of the output's feature map.
        window, stride, dilation: of each axis.
        same: whether the input is padded, as much behind as before, or one more.
    """

    out: tuple[int, ...]
    window: tuple[int, ...]
    stride: tuple[int, ...] = (1, 1, 1)
    dilation: tuple[int, ...] = (1, 1, 1)
    same: bool = True

    def of(self, maps: NDArray[Any], padding: int) -> NDArray[Any]:
        """The elements of every window.

        Args:
            maps: [batch, depth, height, width, channels].
            padding: what lies around the map.

        Returns:
            [batch, positions, window elements x channels]
        """
        widths = [self._padding(axis, size) for axis, size in enumerate(maps.shape[1:-1])]
        wide = np.pad(maps, [(0, 0), *widths, (0, 0)], constant_values=padding)
        taps = [wide[:, *self._places(offset)] for offset in self._offsets()]
        shape = (len(maps), math.prod(self.out), math.prod(self.window) * maps.shape[-1])
        return np.stack(taps, axis=-2).reshape(shape)

    def _padding(self, axis: int, size: int) -> tuple[int, int]:
        reach = (self.window[axis] - 1) * self.dilation[axis] + 1
        missing = (self.out[axis] - 1) * self.stride[axis] + reach - size
        if not self.same or missing <= 0:
            return 0, 0
        return missing // 2, missing - missing // 2

    def _offsets(self) -> Iterator[tuple[int, ...]]:
        return product(*(range(size) for size in self.window))

    def _places(self, offset: tuple[int, ...]) -> tuple[slice, ...]:
        """Where the elements at this place in the window lie, one for each position."""
        starts = [place * step for place, step in zip(offset, self.dilation, strict=True)]
        return tuple(
            slice(start, start + (count - 1) * step + 1, step)
            for start, count, step in zip(starts, self.out, self.stride, strict=True)
        )
