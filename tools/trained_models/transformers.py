"""A transformer of each family that trains in minutes."""

from __future__ import annotations

import keras
from keras import layers

from tools.trained_models.letters import CONTEXT, LETTERS
from tools.trained_models.words import LENGTH, WORDS
from tools.transformers import Size, decoder, picture_encoder, text_encoder

SENTIMENTS, OBJECTS = 2, 10


def bert() -> keras.Model:
    """A classifier of sentences: the answer is read off the first place through tanh."""
    size = Size(width=96, blocks=3, heads=4, dropout=0.4)
    tokens, values = text_encoder(size, WORDS, LENGTH)
    first = layers.Dense(size.width, activation="tanh", name="pooler")(values[:, 0])
    first = layers.Dropout(0.4, name="drop")(first)
    scores = layers.Dense(SENTIMENTS, activation="softmax", name="scores")(first)
    return keras.Model(tokens, scores, name="sst2_bert")


def vit() -> keras.Model:
    """A classifier of pictures: patches of 4 by 4, the mean over them."""
    image, values = picture_encoder(Size(width=96, blocks=6, heads=4), side=32, patch=4)
    values = layers.GlobalAveragePooling1D(name="pool")(values)
    scores = layers.Dense(OBJECTS, activation="softmax", name="scores")(values)
    return keras.Model(image, scores, name="cifar_vit")


def gpt() -> keras.Model:
    """A model of letters."""
    return decoder(Size(width=128, blocks=4, heads=4), LETTERS, CONTEXT)
