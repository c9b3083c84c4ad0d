"""A U-Net: what belongs to the picture's foreground, pixel by pixel."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from tools.train_digits import block

SIDE = 8


def unet() -> keras.Model:
    """Two steps down by pooling, two up: by resizing and by a transposed convolution."""
    image = keras.Input((SIDE, SIDE, 1), name="image")
    fine = block(image, "fine", 16)
    middle = block(layers.MaxPooling2D(name="down1")(fine), "middle", 32)
    values = block(layers.MaxPooling2D(name="down2")(middle), "coarse", 48)
    values = layers.UpSampling2D(interpolation="bilinear", name="up1")(values)
    values = _joined(values, middle, "middle_joined", 32)
    values = layers.Conv2DTranspose(16, 2, 2, name="up2")(values)
    values = _joined(values, fine, "fine_joined", 16)
    mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(values)
    return keras.Model(image, mask, name="digits_unet")


def _joined(values: Any, skipped: Any, name: str, filters: int) -> Any:
    both = layers.Concatenate(name=f"{name}_concat")([values, skipped])
    return block(both, name, filters)
