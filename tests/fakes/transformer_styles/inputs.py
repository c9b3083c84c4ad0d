"""What the small transformers are fed with: one function an input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays
from tests.fakes.transformer_styles.style import KEYS, TOKENS, WIDTH, WORDS
from tflitekit.graph import Model

Given = Callable[[np.random.Generator], Any]


def tokens(rng: np.random.Generator) -> Any:
    """Int32 [1, TOKENS], of which those at the end are padding, 0."""
    words = rng.integers(1, WORDS, (1, TOKENS)).astype(np.int32)
    return words * padding(rng)


def padding(rng: np.random.Generator) -> Any:
    """Int32 [1, TOKENS]: 1 up to some place, then 0."""
    return (np.arange(TOKENS) < rng.integers(4, TOKENS + 1))[None].astype(np.int32)


def kept_keys(rng: np.random.Generator) -> Any:
    """Bool [1, KEYS]: true up to some place."""
    return (np.arange(KEYS) < rng.integers(3, KEYS + 1))[None]


def types(rng: np.random.Generator) -> Any:
    """Int32 [1, TOKENS]: 0 up to some place, then 1."""
    return 1 - padding(rng)


def memory(rng: np.random.Generator) -> Any:
    """Float32 [1, KEYS, WIDTH]: what is attended to besides."""
    return rng.normal(0, 1, (1, KEYS, WIDTH)).astype(np.float32)


def values(rng: np.random.Generator) -> Any:
    """Float32 [1, TOKENS, WIDTH]."""
    return rng.normal(0, 1, (1, TOKENS, WIDTH)).astype(np.float32)


def image(rng: np.random.Generator) -> Any:
    """Float32 [1, 16, 16, 3]."""
    return rng.normal(0, 1, (1, 16, 16, 3)).astype(np.float32)


GIVEN: dict[str, Given] = {
    one.__name__: one for one in (tokens, padding, kept_keys, types, memory, values, image)
}
"""By the names of the models' inputs."""


def sampled(build: Callable[[], Model]) -> Callable[[np.random.Generator], Arrays]:
    """The inputs of a model by their names."""

    def sample(rng: np.random.Generator) -> Arrays:
        return [GIVEN[name](rng) for name in build().signature().inputs]

    return sample
