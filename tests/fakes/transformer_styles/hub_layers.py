"""Transformers as KerasHub writes its layers, in our own words: with keras.ops."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.fakes.transformer_styles.style import HEADS, KEYS, TOKENS, WIDTH, WORDS

BLOCKS, DEPTH = 2, WIDTH // HEADS


def merged_masks() -> Any:
    """GPT-2: the lesser of padding and causal mask, as integers, for attention and for its
    softmax; logits by the table of the words."""
    words, kept = _integers("tokens"), _integers("padding")
    table = layers.ReversibleEmbedding(WORDS, WIDTH)
    values = table(words) + _learnt_places()
    mask = ops.minimum(kept[:, None, :], np.tri(TOKENS, dtype=np.int32)[None])
    for _ in range(BLOCKS):
        attention = layers.MultiHeadAttention(HEADS, DEPTH)
        normed = layers.LayerNormalization(epsilon=1e-5)(values)
        values = values + attention(normed, normed, attention_mask=mask)
        wide = layers.Dense(2 * WIDTH)(layers.LayerNormalization(epsilon=1e-5)(values))
        values = values + layers.Dense(WIDTH)(ops.gelu(wide, approximate=True))
    values = layers.LayerNormalization(epsilon=1e-5)(values)
    return _model([words, kept], table(values, reverse=True))


def halves_rotated(cap: float | None = None) -> Any:
    """Llama: RMSNorm, rotary queries and keys, repeated heads, SwiGLU; the logits may be capped."""
    words, kept = _integers("tokens"), _integers("padding")
    table = layers.ReversibleEmbedding(WORDS, WIDTH)
    values = table(words)
    mask = ops.minimum(kept[:, None, :], np.tri(TOKENS, dtype=np.int32)[None])
    for _ in range(BLOCKS):
        normed = _rms(values)
        query = _rotated(_heads(normed, HEADS))
        key, value = _rotated(_heads(normed, HEADS // 2)), _heads(normed, HEADS // 2)
        key, value = (ops.repeat(one, 2, axis=2) for one in (key, value))
        scores = ops.einsum("bquh,bkuh->buqk", query, key) * DEPTH**-0.5
        weights = layers.Softmax()(scores, mask[:, None])
        values = values + _joined(ops.einsum("buqk,bkuh->bquh", weights, value))
        normed = _rms(values)
        gate = layers.Dense(2 * WIDTH, use_bias=False)(normed)
        up = layers.Dense(2 * WIDTH, use_bias=False)(normed)
        values = values + layers.Dense(WIDTH, use_bias=False)(ops.silu(gate) * up)
    logits = table(_rms(values), reverse=True)
    return _model([words, kept], logits if cap is None else ops.tanh(logits / cap) * cap)


def grouped_and_interleaved() -> Any:
    """Gemma: scaled words, queries of all heads that share a key in one product, rotated halves
    that are interleaved, GEGLU; rows of which all is masked give 0."""
    words, kept = _integers("tokens"), _integers("padding")
    values = layers.Embedding(WORDS, WIDTH)(words) * WIDTH**0.5
    mask = ops.minimum(kept[:, None, :], np.tri(TOKENS, dtype=np.int32)[None])
    for _ in range(BLOCKS):
        normed = _rms(values)
        query = _interleaved(_rotated(_heads(normed, HEADS))) * DEPTH**-0.5
        key, value = _interleaved(_rotated(_heads(normed, 2))), _heads(normed, 2)
        query = ops.reshape(query, (1, TOKENS, 2, HEADS // 2, DEPTH))
        scores = ops.einsum("btkgh,bskh->bkgts", query, key)
        weights = layers.Softmax()(scores, mask[:, None, None])
        mixed = ops.reshape(
            ops.einsum("bkgts,bskh->btkgh", weights, value), (1, TOKENS, HEADS, DEPTH)
        )
        values = values + _joined(
            ops.where(ops.all(ops.equal(mask, 0), -1)[:, :, None, None], 0.0, mixed)
        )
        normed = _rms(values)
        gate = ops.gelu(layers.Dense(2 * WIDTH, use_bias=False)(normed), approximate=True)
        up = layers.Dense(2 * WIDTH, use_bias=False)(normed)
        values = values + layers.Dense(WIDTH, use_bias=False)(gate * up)
    return _model([words, kept], _rms(values))


def parallel_branches() -> Any:
    """GPT-NeoX: both branches of a block read the same values, each through a norm of its own, and
    a part of each head is rotated."""
    words = _integers("tokens")
    values = layers.Embedding(WORDS, WIDTH)(words)
    mask = np.tri(TOKENS, dtype=np.int32)[None, None]
    for _ in range(BLOCKS):
        normed = layers.LayerNormalization(epsilon=1e-5)(values)
        joined = ops.reshape(layers.Dense(3 * WIDTH)(normed), (1, TOKENS, HEADS, 3 * DEPTH))
        query, key, value = (joined[..., DEPTH * i : DEPTH * (i + 1)] for i in range(3))
        query, key = _partly_rotated(query), _partly_rotated(key)
        scores = ops.einsum("aecd,abcd->acbe", key, query) * DEPTH**-0.5
        weights = layers.Softmax()(scores, ops.convert_to_tensor(mask))
        attended = layers.Dense(WIDTH)(_rejoined(ops.einsum("acbe,aecd->abcd", weights, value)))
        wide = layers.Dense(2 * WIDTH, activation="gelu")(
            layers.LayerNormalization(epsilon=1e-5)(values)
        )
        values = layers.Dense(WIDTH)(wide) + attended + values
    return _model([words], layers.LayerNormalization(epsilon=1e-5)(values))


def relative_biases() -> Any:
    """T5: a bias of each distance and the mask are one tensor for all blocks; RMSNorm; no scale."""
    words, kept = _integers("tokens"), _integers("padding")
    values = layers.Embedding(WORDS, WIDTH)(words)
    places = np.arange(TOKENS)
    distances = ops.convert_to_tensor(np.clip(places[None] - places[:, None], -4, 4) + 4)
    bias = ops.transpose(layers.Embedding(9, HEADS)(distances), (2, 0, 1))[None]
    hidden = (1.0 - ops.cast(kept[:, None, None, :], "float32")) * -1e9
    bias = bias + hidden
    for _ in range(BLOCKS):
        normed = _rms(values)
        query, key, value = (_heads(normed, HEADS) for _ in range(3))
        scores = ops.einsum("bqnd,bknd->bnqk", query, key) * 0.3 + bias
        mixed = ops.einsum("bnqk,bknd->bqnd", ops.softmax(scores), value)
        values = values + _joined(mixed)
        wide = layers.Dense(2 * WIDTH, activation="relu", use_bias=False)(_rms(values))
        values = values + layers.Dense(WIDTH, use_bias=False)(wide)
    return _model([words, kept], _rms(values))


def linear_biases() -> Any:
    """BLOOM: ALiBi, a norm behind the embedding, and dot_product_attention."""
    words, kept = _integers("tokens"), _integers("padding")
    values = layers.LayerNormalization(epsilon=1e-5)(layers.Embedding(WORDS, WIDTH)(words))
    slopes = np.float32(0.25) ** np.arange(1, HEADS + 1, dtype=np.float32)[None, :, None, None]
    bias = ops.convert_to_tensor(slopes * np.arange(TOKENS, dtype=np.float32))
    mask = ops.minimum(kept[:, None, :], np.tri(TOKENS, dtype=np.int32)[None])[:, None] > 0
    for _ in range(BLOCKS):
        normed = layers.LayerNormalization(epsilon=1e-5)(values)
        query, key, value = (_heads(normed, HEADS) for _ in range(3))
        mixed = ops.dot_product_attention(query, key, value, bias, mask)
        values = values + _joined(mixed)
        wide = layers.Dense(2 * WIDTH, activation="gelu")(
            layers.LayerNormalization(epsilon=1e-5)(values)
        )
        values = values + layers.Dense(WIDTH)(wide)
    return _model([words, kept], layers.LayerNormalization(epsilon=1e-5)(values))


def sine_places_and_pooling() -> Any:
    """Sines of the places, computed by ops; quick GELU; the mean and the greatest of the tokens
    that are there."""
    words, kept = _integers("tokens"), _integers("padding")
    values = layers.Embedding(WORDS, WIDTH)(words)
    values = values + _sines(values)
    for _ in range(BLOCKS):
        attention = layers.MultiHeadAttention(HEADS, DEPTH)
        attended = attention(values, values, attention_mask=kept[:, None, :])
        values = layers.LayerNormalization()(values + attended)
        wide = layers.Dense(2 * WIDTH)(values)
        wide = wide * ops.sigmoid(1.702 * wide)
        values = layers.LayerNormalization()(values + layers.Dense(WIDTH)(wide))
    there = ops.cast(kept, "float32")[:, :, None]
    mean = ops.sum(values * there, 1) / ops.maximum(ops.sum(there, 1), 1e-9)
    greatest = ops.max(ops.where(kept[:, :, None] > 0, values, -1e9), 1)
    return _model([words, kept], [mean, greatest])


def memory_with_capped_scores() -> Any:
    """Gemma 2: the scores are capped before they are masked; keys are of another length."""
    memory = keras.Input((KEYS, WIDTH), batch_size=1, name="memory")
    words, kept = _integers("tokens"), keras.Input((KEYS,), 1, dtype="bool", name="kept_keys")
    values = layers.Embedding(WORDS, WIDTH)(words)
    for _ in range(BLOCKS):
        query = _heads(_rms(values), HEADS)
        key, value = _heads(memory, HEADS), _heads(memory, HEADS)
        scores = ops.einsum("bqnd,bknd->bnqk", query * DEPTH**-0.5, key)
        scores = ops.tanh(scores / 5.0) * 5.0
        weights = layers.Softmax()(scores, kept[:, None, None, :])
        values = values + _joined(ops.einsum("bnqk,bknd->bqnd", weights, value))
    return _model([words, memory, kept], _rms(values))


def _integers(name: str) -> Any:
    return keras.Input((TOKENS,), batch_size=1, dtype="int32", name=name)


def _learnt_places() -> Any:
    places = ops.convert_to_tensor(np.arange(TOKENS, dtype=np.int32)[None])
    return layers.Embedding(TOKENS, WIDTH)(places)


def _heads(values: Any, heads: int) -> Any:
    """[1, tokens, heads, DEPTH], as EinsumDense gives them."""
    shape = (values.shape[1], heads, DEPTH)
    return layers.EinsumDense("bqm,muh->bquh", output_shape=shape, bias_axes="uh")(values)


def _joined(mixed: Any) -> Any:
    return layers.EinsumDense("bquh,uhm->bqm", output_shape=(TOKENS, WIDTH))(mixed)


def _rejoined(mixed: Any) -> Any:
    return ops.reshape(mixed, (1, TOKENS, WIDTH))


def _rms(values: Any) -> Any:
    """By the reciprocal of a root, with a gain of its own."""
    gain = 1 + np.random.default_rng(3).normal(0, 0.1, WIDTH).astype(np.float32)
    mean = ops.mean(ops.square(values), axis=-1, keepdims=True)
    return values * (1 / ops.sqrt(mean + 1e-6)) * ops.convert_to_tensor(gain)


def _angles(depth: int) -> tuple[Any, Any]:
    """Cosines and sines [1, TOKENS, 1, depth] of each place and frequency, twice over."""
    frequencies = 1e4 ** (-np.arange(0, depth, 2) / depth)
    angles = np.tile(np.arange(TOKENS)[:, None] * frequencies, 2)[None, :, None]
    return tuple(ops.convert_to_tensor(one(angles).astype(np.float32)) for one in (np.cos, np.sin))


def _rotated(heads: Any) -> Any:
    """The second half of each head, negated, is stacked on the first."""
    cosines, sines = _angles(heads.shape[-1])
    first, second = ops.split(heads, 2, axis=-1)
    turned = ops.reshape(ops.stack((-second, first), axis=-2), heads.shape)
    return heads * cosines + turned * sines


def _partly_rotated(heads: Any) -> Any:
    return ops.concatenate([_rotated(heads[..., : DEPTH // 2]), heads[..., DEPTH // 2 :]], -1)


def _interleaved(heads: Any) -> Any:
    return ops.reshape(ops.stack(ops.split(heads, 2, axis=-1), axis=-1), heads.shape)


def _sines(values: Any) -> Any:
    """Of [1, TOKENS, WIDTH], every other one a cosine."""
    places = ops.arange(TOKENS, dtype="float32")[:, None]
    channels = ops.arange(WIDTH, dtype="float32")
    steps = ops.power(1e-4, 2 * ops.floor(channels / 2) / WIDTH)
    is_cosine = ops.cast(ops.mod(channels, 2), "float32")
    angles = places * steps
    return ops.sin(angles) * (1 - is_cosine) + ops.cos(angles) * is_cosine


def _model(inputs: Any, outputs: Any) -> Any:
    """With weights none of which are all alike."""
    model = keras.Model(inputs, outputs)
    rng = np.random.default_rng(11)
    for weight in model.weights:
        weight.assign(weight + rng.normal(0, 0.1, weight.shape))
    return model
