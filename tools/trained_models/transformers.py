"""The three families of transformers, small: an encoder of text, one of pictures, and a decoder."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from tools.trained_models.attention import encoder_block, with_positions
from tools.trained_models.letters import CONTEXT, LETTERS
from tools.trained_models.words import LENGTH, PADDING, WORDS

SENTIMENTS = 2
BERT_WIDTH, BERT_BLOCKS, BERT_HEADS = 96, 3, 4

PICTURE = (32, 32, 3)
PATCH = 4
OBJECTS = 10
VIT_WIDTH, VIT_BLOCKS = 96, 6

GPT_WIDTH, GPT_BLOCKS, GPT_HEADS = 128, 4, 4


def bert() -> keras.Model:
    """A classifier in the form of BERT: each block adds first and normalizes after, padding gets an
    additive mask of -1e9, and the answer is read off the first place through tanh."""
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    there = ops.cast(ops.not_equal(tokens, PADDING), "float32")
    mask = (1.0 - there[:, None, None, :]) * -1e9
    values = layers.Embedding(WORDS, BERT_WIDTH, name="words")(tokens)
    values = with_positions(layers.Dropout(0.4, name="drop_words")(values), "places")
    values = layers.LayerNormalization(epsilon=1e-12, name="norm")(values)
    for number in range(1, BERT_BLOCKS + 1):
        values = _post_norm_block(values, mask, f"block{number}")
    first = layers.Dense(BERT_WIDTH, activation="tanh", name="pooler")(values[:, 0])
    scores = layers.Dense(SENTIMENTS, activation="softmax", name="scores")(
        layers.Dropout(0.4, name="drop")(first)
    )
    return keras.Model(tokens, scores, name="sst2_bert")


def vit() -> keras.Model:
    """A vision transformer: patches of 4 by 4, six blocks, the mean over the patches."""
    image = keras.Input(PICTURE, name="image")
    values = layers.Conv2D(VIT_WIDTH, PATCH, PATCH, name="patches")(image)
    values = layers.Reshape(((PICTURE[0] // PATCH) ** 2, VIT_WIDTH), name="sequence")(values)
    values = with_positions(values, "positions")
    for number in range(1, VIT_BLOCKS + 1):
        values = encoder_block(values, f"block{number}")
    values = layers.LayerNormalization(name="norm")(values)
    values = layers.GlobalAveragePooling1D(name="pool")(values)
    scores = layers.Dense(OBJECTS, activation="softmax", name="scores")(values)
    return keras.Model(image, scores, name="cifar_vit")


def gpt() -> keras.Model:
    """A decoder in the form of GPT-2: normalized before, a causal mask, the logits of the next
    letter at each place."""
    letters = keras.Input((CONTEXT,), dtype="int32", name="letters")
    values = layers.Embedding(LETTERS, GPT_WIDTH, name="table")(letters)
    values = with_positions(values, "places")
    for number in range(1, GPT_BLOCKS + 1):
        values = _decoder_block(values, f"block{number}")
    values = layers.LayerNormalization(name="norm")(values)
    logits = layers.Dense(LETTERS, use_bias=False, name="logits")(values)
    return keras.Model(letters, logits, name="shakespeare_gpt")


def _post_norm_block(values: Any, mask: Any, name: str) -> Any:
    attended = _masked_attention(values, mask, name)
    values = layers.LayerNormalization(epsilon=1e-12, name=f"{name}_norm1")(values + attended)
    wide = layers.Dense(4 * BERT_WIDTH, activation="gelu", name=f"{name}_wide")(values)
    narrow = layers.Dense(BERT_WIDTH, name=f"{name}_narrow")(wide)
    return layers.LayerNormalization(epsilon=1e-12, name=f"{name}_norm2")(values + narrow)


def _masked_attention(values: Any, mask: Any, name: str) -> Any:
    """Attention written out, with the mask added to the scores."""
    depth = BERT_WIDTH // BERT_HEADS
    query, key, value = (
        _heads(layers.Dense(BERT_WIDTH, name=f"{name}_{part}")(values), depth)
        for part in ("query", "key", "value")
    )
    scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) * depth**-0.5 + mask
    mixed = ops.matmul(ops.softmax(scores), value)
    joined = ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (-1, LENGTH, BERT_WIDTH))
    return layers.Dense(BERT_WIDTH, name=f"{name}_joined")(joined)


def _heads(values: Any, depth: int) -> Any:
    """[N, heads, length, depth]."""
    parted = ops.reshape(values, (-1, LENGTH, BERT_HEADS, depth))
    return ops.transpose(parted, (0, 2, 1, 3))


def _decoder_block(values: Any, name: str) -> Any:
    attention = layers.MultiHeadAttention(
        GPT_HEADS, GPT_WIDTH // GPT_HEADS, name=f"{name}_attention"
    )
    normed = layers.LayerNormalization(name=f"{name}_norm1")(values)
    values = layers.Add(name=f"{name}_add1")(
        [values, attention(normed, normed, use_causal_mask=True)]
    )
    normed = layers.LayerNormalization(name=f"{name}_norm2")(values)
    wide = layers.Dense(4 * GPT_WIDTH, activation="gelu", name=f"{name}_wide")(normed)
    narrow = layers.Dense(GPT_WIDTH, name=f"{name}_narrow")(wide)
    return layers.Add(name=f"{name}_add2")([values, narrow])
