"""Tables of words that are those of the logits, too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered


def cases() -> Iterator[KernelCase]:
    for words, width, length in ((64, 16, 5), (1000, 128, 64), (31, 7, 1)):
        name = f"{words} words of {width}, {length} at once"
        build = partial(lowered, "embedding", "tied", words, width, length)
        yield KernelCase("embedding", name, build, partial(_sample, words, length))


def tied(words: int, width: int, length: int) -> Any:
    """A Keras model that embeds words and gives logits by the same table; runs in the child."""
    from keras import Input, Model, initializers, layers

    loud = initializers.RandomNormal(stddev=0.3, seed=3)
    table = layers.ReversibleEmbedding(words, width, embeddings_initializer=loud)
    tokens = Input((length,), batch_size=1, dtype="int32")
    values = table(tokens)
    changed = layers.Dense(width, activation="relu")(values)
    return Model(tokens, [values, table(changed, reverse=True)])


def _sample(words: int, length: int, rng: np.random.Generator) -> Arrays:
    return [rng.integers(0, words, (1, length), np.int32)]
