"""The three families of transformers as Keras models of any size: an encoder of text in the form of
BERT, one of pictures in the form of ViT, and a decoder in the form of GPT-2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers, ops

PADDING = 0
"""The number of the token that is no word."""

MASKED = -1e9


@dataclass(frozen=True)
class Size:
    """What the families have in common.

    Attributes:
        width: of the vectors that go from block to block.
        blocks: how many.
        heads: of each attention.
        dropout: of the embedded tokens, while a model is trained.
    """

    width: int
    blocks: int
    heads: int
    dropout: float = 0.0


def text_encoder(size: Size, words: int, length: int) -> tuple[Any, Any]:
    """Each block adds first and normalizes after; padding gets an additive mask.

    Returns:
        The tokens, int32 [N, length], and the vectors of the last block [N, length, width].
    """
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    there = ops.cast(ops.not_equal(tokens, PADDING), "float32")
    mask = (1.0 - there[:, None, None, :]) * MASKED
    table = layers.Embedding(words, size.width, name="words")
    values = _embedded(tokens, table, size, length)
    values = values + layers.Embedding(2, size.width, name="types")(ops.zeros_like(tokens))
    values = layers.LayerNormalization(epsilon=1e-12, name="norm")(values)
    for number in range(1, size.blocks + 1):
        values = _post_norm_block(values, mask, size, f"block{number}")
    return tokens, values


def picture_encoder(size: Size, side: int, patch: int) -> tuple[Any, Any]:
    """Patches, with a learnt offset for each place; each block normalizes first and adds after.

    Returns:
        The pictures, float32 [N, side, side, 3], and the normalized vectors [N, patches, width].
    """
    image = keras.Input((side, side, 3), name="image")
    values = layers.Conv2D(size.width, patch, patch, name="patches")(image)
    values = layers.Reshape(((side // patch) ** 2, size.width), name="sequence")(values)
    places = layers.EinsumDense("nlw,wv->nlv", values.shape[1:], bias_axes="lv", name="places")
    values = places(values)
    for number in range(1, size.blocks + 1):
        values = _pre_norm_block(values, size, f"block{number}", causal=False)
    return image, layers.LayerNormalization(epsilon=1e-6, name="norm")(values)


def decoder(size: Size, words: int, context: int) -> keras.Model:
    """Logits [N, context, words] of the next token at each place of int32 [N, context]. One table
    is that of the words and of the logits."""
    tokens = keras.Input((context,), dtype="int32", name="tokens")
    table = layers.ReversibleEmbedding(words, size.width, name="words")
    values = _embedded(tokens, table, size, context)
    for number in range(1, size.blocks + 1):
        values = _pre_norm_block(values, size, f"block{number}", causal=True)
    values = layers.LayerNormalization(epsilon=1e-5, name="norm")(values)
    return keras.Model(tokens, table(values, reverse=True), name="decoder")


def _embedded(tokens: Any, table: Any, size: Size, length: int) -> Any:
    """Words and places."""
    numbers = ops.zeros_like(tokens) + ops.arange(length, dtype="int32")
    found = layers.Dropout(size.dropout, name="drop_words")(table(tokens))
    return found + layers.Embedding(length, size.width, name="places")(numbers)


def _post_norm_block(values: Any, mask: Any, size: Size, name: str) -> Any:
    attended = _written_out_attention(values, mask, size, name)
    values = layers.LayerNormalization(epsilon=1e-12, name=f"{name}_norm1")(values + attended)
    changed = dense_layers(values, size.width, name)
    return layers.LayerNormalization(epsilon=1e-12, name=f"{name}_norm2")(values + changed)


def _pre_norm_block(values: Any, size: Size, name: str, causal: bool) -> Any:
    attention = layers.MultiHeadAttention(
        size.heads, size.width // size.heads, name=f"{name}_attention"
    )
    normed = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm1")(values)
    values = values + attention(normed, normed, use_causal_mask=causal)
    normed = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm2")(values)
    return values + dense_layers(normed, size.width, name)


def dense_layers(values: Any, width: int, name: str) -> Any:
    """The two dense layers of a block, GELU between them."""
    wide = layers.Dense(4 * width, activation="gelu", name=f"{name}_wide")(values)
    return layers.Dense(width, name=f"{name}_narrow")(wide)


def _written_out_attention(values: Any, mask: Any, size: Size, name: str) -> Any:
    """As BERT has it: the mask is added to the scaled scores."""
    length, depth = values.shape[1], size.width // size.heads

    def heads(part: str) -> Any:
        mapped = layers.Dense(size.width, name=f"{name}_{part}")(values)
        parted = ops.reshape(mapped, (-1, length, size.heads, depth))
        return ops.transpose(parted, (0, 2, 1, 3))

    query, key, value = (heads(part) for part in ("query", "key", "value"))
    scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) * depth**-0.5 + mask
    mixed = ops.matmul(ops.softmax(scores), value)
    joined = ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (-1, length, size.width))
    return layers.Dense(size.width, name=f"{name}_joined")(joined)
