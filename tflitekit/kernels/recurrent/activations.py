"""The activation functions of recurrent layers, in one table: the code of each is its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_FINE = 1 / 32767
"""The scale of a table whose values are within [-1, 1]."""

_WIDE = 2.0**-10
"""The scale of one whose values go on: a power of two, so that the slope outside the table, which
is that of its last interval, is right."""


@dataclass(frozen=True)
class Activation:
    """A function of a gate's sum.

    Attributes:
        function: float64 to float64, elementwise.
        scale: of the int16 entries of its table.
        bound: the largest magnitude that it gives; None where there is none.
    """

    function: Callable[[Values], Values]
    scale: float
    bound: float | None


def _sigmoid(x: Values) -> Values:
    return 1 / (1 + np.exp(-x))


def _elu(x: Values) -> Values:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


ACTIVATIONS: Mapping[str, Activation] = {
    "linear": Activation(lambda x: x, _WIDE, None),
    "sigmoid": Activation(_sigmoid, _FINE, 1.0),
    "tanh": Activation(np.tanh, _FINE, 1.0),
    "relu": Activation(lambda x: np.maximum(x, 0), _WIDE, None),
    "relu6": Activation(lambda x: np.clip(x, 0, 6), _WIDE, 6.0),
    "hard_sigmoid": Activation(lambda x: np.clip(x / 6 + 0.5, 0, 1), _FINE, 1.0),
    "hard_tanh": Activation(lambda x: np.clip(x, -1, 1), _FINE, 1.0),
    "elu": Activation(_elu, _WIDE, None),
}
"""By Keras's name. android_bench/kernels/recurrent_float.c has the same functions in this order."""

CODES: Mapping[str, int] = {name: code for code, name in enumerate(ACTIVATIONS)}
NAMES = tuple(ACTIVATIONS)
