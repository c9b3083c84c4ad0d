"""Nets of dense layers: an autoencoder, a classifier and a regressor of tabular data."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

SIDE = 8


def autoencoder() -> keras.Model:
    """A digit through a bottleneck of 12 numbers; the outputs are pixels in 0..1."""
    image = keras.Input((SIDE, SIDE, 1), name="image")
    values = layers.Flatten(name="pixels")(image)
    values = _hidden(values, 96, 48)
    code = layers.Dense(12, name="code")(values)
    values = _hidden(code, 48, 96)
    values = layers.Dense(SIDE * SIDE, activation="sigmoid", name="values")(values)
    picture = layers.Reshape((SIDE, SIDE, 1), name="picture")(values)
    return keras.Model(image, picture, name="digits_autoencoder")


def classifier() -> keras.Model:
    """30 measures into two classes."""
    measures = keras.Input((30,), name="measures")
    scores = layers.Dense(2, activation="softmax", name="scores")(_hidden(measures, 64, 32))
    return keras.Model(measures, scores, name="cancer_mlp")


def regressor() -> keras.Model:
    """10 measures into one number."""
    measures = keras.Input((10,), name="measures")
    progression = layers.Dense(1, name="progression")(_hidden(measures, 64, 32))
    return keras.Model(measures, progression, name="diabetes_mlp")


def _hidden(values: Any, *widths: int) -> Any:
    for width in widths:
        values = layers.Dense(width, activation="relu")(values)
    return values
