"""Text as numbers: each letter of an alphabet has one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LETTERS = 65
"""Different characters in tinyshakespeare."""

CONTEXT = 64
"""Letters that a model sees at once."""


def alphabet(text: str) -> str:
    """The characters of a text, each once, in order."""
    return "".join(sorted(set(text)))


def encode(text: str, letters: str) -> NDArray[np.int32]:
    """int32 [N], the place of each character in `letters`."""
    numbers = {letter: number for number, letter in enumerate(letters)}
    return np.array([numbers[letter] for letter in text], np.int32)


def windows(numbers: NDArray[np.int32], stride: int) -> tuple[NDArray[np.int32], ...]:
    """Pieces of a text, and for each place of a piece the letter that follows: int32 [N, CONTEXT]
    each.

    Args:
        numbers: of the text.
        stride: from the beginning of a piece to that of the next.
    """
    starts: Sequence[int] = range(0, len(numbers) - CONTEXT, stride)
    pieces = np.stack([numbers[start : start + CONTEXT + 1] for start in starts])
    return pieces[:, :-1], pieces[:, 1:]
