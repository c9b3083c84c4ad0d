"""Sentences as numbers: each word of a vocabulary has one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

PADDING, UNKNOWN = 0, 1
WORDS = 4000
"""Numbers in use, the two above included."""

LENGTH = 32
"""Words of a sentence; the rest is cut off."""


def vocabulary(texts: Sequence[str]) -> dict[str, int]:
    """The most frequent words, equally frequent ones in alphabetical order, and their numbers."""
    counts = Counter(word for text in texts for word in text.split())
    words = sorted(counts, key=lambda word: (-counts[word], word))[: WORDS - 2]
    return {word: number for number, word in enumerate(words, start=2)}


def encode(texts: Sequence[str], words: Mapping[str, int]) -> NDArray[np.int32]:
    """int32 [N, LENGTH], padded at the end."""
    numbers = np.full((len(texts), LENGTH), PADDING, np.int32)
    for row, text in zip(numbers, texts, strict=True):
        known = [words.get(word, UNKNOWN) for word in text.split()[:LENGTH]]
        row[: len(known)] = known
    return numbers
