"""The operands and outputs that the rule of an op speaks of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Tensor


def positions(given: tuple[int, ...] | None, tensors: Sequence[Tensor | None]) -> list[int]:
    """The positions that a rule names, as far as there is something, or all float ones."""
    if given is not None:
        return [index for index in given if index < len(tensors) and tensors[index] is not None]
    return [index for index, one in enumerate(tensors) if one is not None and one.is_float]


def operand_at(tensors: Sequence[Tensor | None], position: int | None) -> Tensor | None:
    """The operand at a position; None where the rule has no such one, or the op leaves it out."""
    if position is None or position >= len(tensors):
        return None
    return tensors[position]


def real_values(constant: Tensor) -> NDArray[np.float32]:
    """The values of a constant, in its shape."""
    return np.asarray(constant.data, np.float32)
