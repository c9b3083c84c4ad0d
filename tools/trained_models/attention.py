"""Transformers: the encoder block, and a small vision transformer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

WIDTH = 48
HEADS = 4
BLOCKS = 2
PATCH = 2
SIDE = 8
CLASSES = 10


def vision_transformer() -> keras.Model:
    """Patches of 2 by 2, two encoder blocks, the mean over the patches."""
    image = keras.Input((SIDE, SIDE, 1), name="image")
    values = layers.Conv2D(WIDTH, PATCH, PATCH, name="patches")(image)
    values = layers.Reshape(((SIDE // PATCH) ** 2, WIDTH), name="sequence")(values)
    values = with_positions(values, "positions")
    for number in range(1, BLOCKS + 1):
        values = encoder_block(values, f"block{number}")
    values = layers.LayerNormalization(name="norm")(values)
    values = layers.GlobalAveragePooling1D(name="pool")(values)
    scores = layers.Dense(CLASSES, activation="softmax", name="scores")(values)
    return keras.Model(image, scores, name="digits_vit")


def with_positions(values: Any, name: str) -> Any:
    """A linear map of a sequence [N, length, width], with an offset that each place learns."""
    return layers.EinsumDense("nlw,wv->nlv", values.shape[1:], bias_axes="lv", name=name)(values)


def encoder_block(values: Any, name: str, mask: Any = None) -> Any:
    """Self-attention and two dense layers with GELU, each normalized before and added after.

    Args:
        values: [N, length, width].
        name: that the names of the layers begin with.
        mask: bool [N, length, length], False for a pair that must not be looked at; or None.
    """
    width = values.shape[-1]
    attention = layers.MultiHeadAttention(HEADS, width // HEADS, name=f"{name}_attention")
    normed = layers.LayerNormalization(name=f"{name}_norm1")(values)
    attended = attention(normed, normed, attention_mask=mask)
    values = layers.Add(name=f"{name}_add1")([values, attended])
    normed = layers.LayerNormalization(name=f"{name}_norm2")(values)
    wide = layers.Dense(2 * width, activation="gelu", name=f"{name}_wide")(normed)
    narrow = layers.Dense(width, name=f"{name}_narrow")(wide)
    return layers.Add(name=f"{name}_add2")([values, narrow])
