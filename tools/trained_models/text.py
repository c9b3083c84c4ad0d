"""Classifiers of sentences, which are word numbers, int32 [N, LENGTH]."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from tools.trained_models.attention import encoder_block, with_positions
from tools.trained_models.words import LENGTH, PADDING, WORDS

CLASSES = 2
WIDTH = 48


def convolutional() -> keras.Model:
    """Three words at a time; the strongest answer of each filter counts."""
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    values = layers.Embedding(WORDS, WIDTH, name="words")(tokens)
    values = layers.Dropout(0.4, name="drop_words")(values)
    values = layers.Conv1D(64, 3, activation="relu", name="phrases")(values)
    values = layers.GlobalMaxPooling1D(name="strongest")(values)
    return _classifier(tokens, values, "sst2_conv")


def transformer() -> keras.Model:
    """One encoder block that does not look at padding."""
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    there = keras.ops.not_equal(tokens, PADDING)
    values = layers.Embedding(WORDS, WIDTH, name="words")(tokens)
    values = with_positions(layers.Dropout(0.4, name="drop_words")(values), "positions")
    values = encoder_block(values, "block", mask=keras.ops.expand_dims(there, 1))
    values = layers.LayerNormalization(name="norm")(values)
    values = layers.GlobalAveragePooling1D(name="pool")(values)
    return _classifier(tokens, values, "sst2_transformer")


def _classifier(tokens: Any, values: Any, name: str) -> keras.Model:
    values = layers.Dropout(0.4, name="drop")(values)
    scores = layers.Dense(CLASSES, activation="softmax", name="scores")(values)
    return keras.Model(tokens, scores, name=name)
