"""Encoders with random weights: every form of mask, and outlier channels. Made in a child."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.progress import Progress

WORDS, LENGTH, WIDTH, BLOCKS, HEADS = 1000, 48, 128, 4, 4
OUTLIER = 50.0
OUTLIER_CHANNELS = (3, 40, 77)
CALIBRATED, HELD_OUT = 24, 8


def additive(masked: float) -> Any:
    """BERT: what is not there gets `masked` added."""
    return _post_norm(lambda there, ops: ops.where(there[:, None, None, :], 0.0, masked))


def multiplied() -> Any:
    """BERT as it was first written: (1 - mask) * -1e9."""

    def mask(there: Any, ops: Any) -> Any:
        return (1.0 - ops.cast(there, "float32")[:, None, None, :]) * -1e9

    return _post_norm(mask)


def boolean() -> Any:
    """Keras' own attention with a mask, normalized first."""
    import keras
    from keras import layers, ops

    tokens, values = _embedded(keras)
    there = ops.not_equal(tokens, 0)[:, None, :]
    for block in range(BLOCKS):
        normed = layers.LayerNormalization(name=f"norm{block}a")(values)
        attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name=f"attention{block}")
        values = values + attention(normed, normed, attention_mask=there)
        normed = layers.LayerNormalization(name=f"norm{block}b")(values)
        values = values + _dense_layers(layers, normed, block)
    return keras.Model(tokens, layers.LayerNormalization(name="norm")(values))


def with_outliers(make: Callable[[], Any]) -> Any:
    """Some channels of the residual stream are 50 times as large."""
    model = make()
    words = model.get_layer("words")
    (table,) = words.get_weights()
    table[:, OUTLIER_CHANNELS] *= OUTLIER
    words.set_weights([table])
    return model


ENCODERS: Mapping[str, Callable[[], Any]] = {
    "multiplied_mask": multiplied,
    "additive_mask": partial(additive, -1e9),
    "infinite_mask": partial(additive, -np.inf),
    "boolean_mask": boolean,
    "outliers_post_norm": partial(with_outliers, multiplied),
    "outliers_pre_norm": partial(with_outliers, boolean),
}


def build(progress: Progress, *, folder: str, names: list[str]) -> None:
    """The child's job: encoders as files, and tokens of which some are padding."""
    import keras

    for name in names:
        keras.utils.set_random_seed(1)
        ENCODERS[name]().save(Path(folder) / f"{name}.keras")
    calibrated, held_out = np.split(_tokens(CALIBRATED + HELD_OUT), [CALIBRATED])
    np.savez(Path(folder) / "calibrate.npz", tokens=calibrated)
    np.savez(Path(folder) / "held_out.npz", tokens=held_out)


def _tokens(count: int) -> NDArray[np.int32]:
    random = np.random.default_rng(0)
    tokens = random.integers(1, WORDS, (count, LENGTH), np.int32)
    lengths = random.integers(LENGTH // 2, LENGTH + 1, (count, 1))
    return np.where(np.arange(LENGTH) < lengths, tokens, 0).astype(np.int32)


def _post_norm(mask_of: Callable[[Any, Any], Any]) -> Any:
    import keras
    from keras import layers, ops

    tokens, values = _embedded(keras)
    mask = mask_of(ops.not_equal(tokens, 0), ops)
    values = layers.LayerNormalization(name="norm")(values)
    for block in range(BLOCKS):
        attended = _attention(keras, values, mask, block)
        values = layers.LayerNormalization(name=f"norm{block}a")(values + attended)
        changed = _dense_layers(layers, values, block)
        values = layers.LayerNormalization(name=f"norm{block}b")(values + changed)
    return keras.Model(tokens, values)


def _embedded(keras: Any) -> tuple[Any, Any]:
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    places = keras.ops.zeros_like(tokens) + keras.ops.arange(LENGTH, dtype="int32")
    values = keras.layers.Embedding(WORDS, WIDTH, name="words")(tokens)
    return tokens, values + keras.layers.Embedding(LENGTH, WIDTH, name="places")(places)


def _attention(keras: Any, values: Any, mask: Any, block: int) -> Any:
    layers, ops = keras.layers, keras.ops
    depth = WIDTH // HEADS

    def heads(part: str) -> Any:
        mapped = layers.Dense(WIDTH, name=f"{part}{block}")(values)
        parted = ops.reshape(mapped, (-1, LENGTH, HEADS, depth))
        return ops.transpose(parted, (0, 2, 1, 3))

    query, key, value = (heads(part) for part in ("query", "key", "value"))
    scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) / depth**0.5 + mask
    mixed = ops.transpose(ops.matmul(ops.softmax(scores), value), (0, 2, 1, 3))
    return layers.Dense(WIDTH, name=f"joined{block}")(ops.reshape(mixed, (-1, LENGTH, WIDTH)))


def _dense_layers(layers: Any, values: Any, block: int) -> Any:
    wide = layers.Dense(4 * WIDTH, activation="gelu", name=f"wide{block}")(values)
    return layers.Dense(WIDTH, name=f"narrow{block}")(wide)
