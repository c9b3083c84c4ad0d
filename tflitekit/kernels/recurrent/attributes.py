"""What a recurrent layer is beside its weights: the constant int32 operand of its float op.

android_bench/kernels/recurrent_float.c reads the same.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Attributes:
    """One recurrent layer.

    Attributes:
        activation, recurrent_activation: their `activations.CODES`.
        go_backwards: whether it takes the steps from the last to the first; the sequence that it
            gives begins with what it computed first.
        zero_masked: whether it gives zeros for a masked step instead of what it gave before.
        reset_after: of a GRU, whether its reset gate comes after the product with the state.
        same: of a convolutional layer, whether the input is padded.
        strides, dilations: of the input's convolution, depth, height and width; 1 for axes that
            there are not.
    """

    activation: int
    recurrent_activation: int
    go_backwards: int = 0
    zero_masked: int = 0
    reset_after: int = 0
    same: int = 0
    strides: tuple[int, ...] = (1, 1, 1)
    dilations: tuple[int, ...] = (1, 1, 1)

    def array(self) -> NDArray[np.int32]:
        """The operand: int32 [12]."""
        *numbers, strides, dilations = astuple(self)
        return np.asarray([*numbers, *strides, *dilations], np.int32)

    @classmethod
    def of(cls, array: NDArray[np.int32]) -> Attributes:
        """The inverse of `array`."""
        activation, gate, backwards, zero_masked, reset_after, same, *sizes = array.tolist()
        return cls(
            activation,
            gate,
            backwards,
            zero_masked,
            reset_after,
            same,
            strides=tuple(sizes[:3]),
            dilations=tuple(sizes[3:]),
        )
