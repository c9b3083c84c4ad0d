"""Recurrent nets that read a digit row by row.

They are unrolled: Keras's loop becomes a WHILE, which no quantizer takes.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

SIDE = 8
CLASSES = 10


def gru() -> keras.Model:
    """One gated recurrent unit."""
    image, rows = _rows()
    state = layers.GRU(48, unroll=True, name="gru")(rows)
    return _classifier(image, state, "digits_gru")


def bidirectional_lstm() -> keras.Model:
    """Two LSTMs, one from the top and one from the bottom."""
    image, rows = _rows()
    lstm = layers.LSTM(32, unroll=True, name="lstm")
    state = layers.Bidirectional(lstm, name="both_ways")(rows)
    return _classifier(image, state, "digits_lstm")


def _rows() -> tuple[Any, Any]:
    image = keras.Input((SIDE, SIDE, 1), name="image")
    return image, layers.Reshape((SIDE, SIDE), name="rows")(image)


def _classifier(image: Any, state: Any, name: str) -> keras.Model:
    scores = layers.Dense(CLASSES, activation="softmax", name="scores")(state)
    return keras.Model(image, scores, name=name)
