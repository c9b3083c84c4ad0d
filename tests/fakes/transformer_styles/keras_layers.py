"""Transformers of the layers that Keras 2 and Keras 3 have, put together as their guides do."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fakes.transformer_styles.style import HEADS, KEYS, TOKENS, WIDTH, WORDS

BLOCKS = 2


def encoder_that_normalizes_after(library: str) -> Any:
    """BERT: words, places and types; a boolean mask; the first token is pooled."""
    keras = __import__(library)
    layers = keras.layers
    words, kept = (_integers(keras, name) for name in ("tokens", "padding"))
    types = _integers(keras, "types")
    values = layers.Embedding(WORDS, WIDTH)(words) + layers.Embedding(2, WIDTH)(types)
    values = layers.Dropout(0.1)(layers.LayerNormalization(epsilon=1e-12)(_placed(keras, values)))
    mask = layers.Reshape((1, TOKENS))(kept) > 0
    for _ in range(BLOCKS):
        attended = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(
            values, values, attention_mask=mask
        )
        values = layers.LayerNormalization()(values + layers.Dropout(0.1)(attended))
        wide = layers.Dense(2 * WIDTH, activation="gelu")(values)
        values = layers.LayerNormalization()(layers.Add()([values, layers.Dense(WIDTH)(wide)]))
    pooled = layers.Dense(WIDTH, activation="tanh")(values[:, 0])
    return _model(keras, [words, kept, types], pooled)


def encoder_with_implicit_masks(library: str) -> Any:
    """Padding is told by the embedding, and the mean over the rest is pooled."""
    keras = __import__(library)
    layers = keras.layers
    words = _integers(keras, "tokens")
    values = layers.Embedding(WORDS, WIDTH, mask_zero=True)(words)
    for _ in range(BLOCKS):
        normed = layers.LayerNormalization()(values)
        attended = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(normed, normed)
        values = layers.Add()([values, attended])
        wide = layers.Dense(2 * WIDTH, activation="relu")(layers.LayerNormalization()(values))
        values = layers.Add()([values, layers.Dense(WIDTH)(wide)])
    return _model(keras, [words], layers.GlobalAveragePooling1D()(values))


def decoder_with_cross_attention(library: str) -> Any:
    """Causal attention, and attention to a memory of another length with a mask of its own."""
    keras = __import__(library)
    layers = keras.layers
    words = _integers(keras, "tokens")
    memory = keras.Input((KEYS, WIDTH), batch_size=1, name="memory")
    kept = keras.Input((KEYS,), batch_size=1, dtype="bool", name="kept_keys")
    mask = layers.Reshape((1, KEYS))(kept)
    values = _placed(keras, layers.Embedding(WORDS, WIDTH)(words))
    for _ in range(BLOCKS):
        attention, cross = (layers.MultiHeadAttention(HEADS, WIDTH // HEADS) for _ in range(2))
        normed = layers.LayerNormalization()(values)
        values = values + attention(normed, normed, use_causal_mask=True)
        normed = layers.LayerNormalization()(values)
        values = values + cross(normed, memory, attention_mask=mask)
        wide = layers.Dense(2 * WIDTH, activation="gelu")(layers.LayerNormalization()(values))
        values = values + layers.Dense(WIDTH)(wide)
    values = layers.LayerNormalization()(values)
    return _model(keras, [words, memory, kept], layers.Dense(WORDS)(values))


def vision_transformer(library: str) -> Any:
    """A token of the class before the patches, scaled branches, and branches that are left out
    while the model is trained."""
    keras = __import__(library)
    layers = keras.layers
    image = keras.Input((16, 16, 3), batch_size=1, name="image")
    patches = layers.Reshape((16, WIDTH))(layers.Conv2D(WIDTH, 4, 4)(image))
    values = _placed(keras, layers.ZeroPadding1D((1, 0))(patches), 17)
    for _ in range(BLOCKS):
        normed = layers.LayerNormalization(epsilon=1e-6)(values)
        attended = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(normed, normed)
        values = values + _kept_branch(keras, _scaled(keras, attended))
        normed = layers.LayerNormalization(epsilon=1e-6)(values)
        wide = layers.Dense(2 * WIDTH, activation="gelu")(normed)
        values = values + _kept_branch(keras, _scaled(keras, layers.Dense(WIDTH)(wide)))
    values = layers.LayerNormalization(epsilon=1e-6)(values)
    return _model(keras, [image], layers.Dense(10)(values[:, 0]))


def grouped_queries() -> Any:
    """RMSNorm, heads that share keys, a gated layer, and an average of all tokens."""
    import keras
    from keras import layers

    words = _integers(keras, "tokens")
    values = layers.Embedding(WORDS, WIDTH)(words)
    for _ in range(BLOCKS):
        normed = layers.RMSNormalization()(values)
        attention = layers.GroupQueryAttention(WIDTH // HEADS, HEADS, HEADS // 2)
        values = values + attention(normed, normed, use_causal_mask=True)
        normed = layers.RMSNormalization()(values)
        gate = layers.Dense(2 * WIDTH, activation="silu")(normed)
        values = values + layers.Dense(WIDTH)(gate * layers.Dense(2 * WIDTH)(normed))
    pooled = layers.GlobalAveragePooling1D()(layers.RMSNormalization()(values))
    return _model(keras, [words], pooled)


def _integers(keras: Any, name: str) -> Any:
    return keras.Input((TOKENS,), batch_size=1, dtype="int32", name=name)


def _constant(keras: Any, values: Any, dtype: str) -> Any:
    if hasattr(keras, "ops"):
        return keras.ops.convert_to_tensor(np.asarray(values, dtype))
    import tensorflow as tf

    return tf.constant(values, dtype)


def _placed(keras: Any, values: Any, length: int = TOKENS) -> Any:
    """A learnt vector for each place is added."""
    places = _constant(keras, np.arange(length)[None], "int32")
    loud = keras.initializers.RandomNormal(stddev=1.0, seed=3)
    return values + keras.layers.Embedding(length, WIDTH, loud)(places)


def _scaled(keras: Any, values: Any) -> Any:
    """Each channel by a number of its own."""
    factors = np.random.default_rng(6).normal(0.5, 0.2, (WIDTH,))
    return values * _constant(keras, factors, "float32")


def _kept_branch(keras: Any, values: Any) -> Any:
    """Stochastic depth, which does nothing to a model that is used."""
    return keras.layers.Dropout(0.1, noise_shape=(None, 1, 1))(values)


def _model(keras: Any, inputs: Any, outputs: Any) -> Any:
    """With weights none of which are all alike."""
    model = keras.Model(inputs, outputs)
    rng = np.random.default_rng(11)
    model.set_weights(
        [one + rng.normal(0, 0.1, one.shape).astype(one.dtype) for one in model.get_weights()]
    )
    return model
