"""Transformers written out in TensorFlow, as SavedModels of research code hold them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.tensorflow_function import Function
from tests.fakes.transformer_styles.style import HEADS, TOKENS, WIDTH, WORDS

BLOCKS, DEPTH = 2, WIDTH // HEADS


class Weights:
    """Random constants, always the same in the same order."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(17)

    def matrix(self, rows: int, columns: int) -> Any:
        return self._random.normal(0, rows**-0.5, (rows, columns)).astype(np.float32)

    def vector(self, mean: float = 0.0, size: int = WIDTH) -> Any:
        return self._random.normal(mean, 0.2, size).astype(np.float32)


def bert() -> Function:
    """tf.nn.moments and batch_normalization, -10000 where nothing is, GELU by a power."""

    def model(tf: Any, tokens: Any, kept: Any, types: Any) -> Any:
        w = Weights()
        values = tf.gather(w.matrix(WORDS, WIDTH) * 5, tokens)
        values += tf.matmul(tf.one_hot(types, 2), w.matrix(2, WIDTH))
        values = _batch_norm(tf, values + w.matrix(TOKENS, WIDTH), w)
        adder = (1.0 - tf.cast(kept, tf.float32)[:, None, None, :]) * -10000.0
        for _ in range(BLOCKS):
            attended = _attention(tf, values, w, lambda s: s / math.sqrt(DEPTH) + adder)
            values = _batch_norm(tf, values + attended, w)
            wide = _dense(values, w, WIDTH, 2 * WIDTH)
            gated = wide * 0.5 * (1 + tf.tanh(0.7978846 * (wide + 0.044715 * tf.pow(wide, 3))))
            values = _batch_norm(tf, values + _dense(gated, w, 2 * WIDTH, WIDTH), w)
        return tf.tanh(_dense(values[:, 0], w, WIDTH, WIDTH))

    return _of_integers(model, "tokens", "padding", "types")


def gpt2() -> Function:
    """s * b - 1e10 * (1 - b), a norm with mean((x - mean) ** 2), and GELU by a cube."""

    def model(tf: Any, tokens: Any) -> Any:
        w = Weights()
        table = w.matrix(WORDS, WIDTH) * 5
        values = tf.gather(table, tokens) + w.matrix(TOKENS, WIDTH)
        there = np.tri(TOKENS, dtype=np.float32)[None, None]
        for _ in range(BLOCKS):
            normed = _squared_norm(tf, values, w)
            values += _attention(
                tf, normed, w, lambda s: s * DEPTH**-0.5 * there - 1e10 * (1 - there)
            )
            wide = _dense(_squared_norm(tf, values, w), w, WIDTH, 2 * WIDTH)
            gated = 0.5 * wide * (1 + tf.tanh(0.7978846 * (wide + 0.044715 * wide**3)))
            values += _dense(gated, w, 2 * WIDTH, WIDTH)
        return tf.matmul(_squared_norm(tf, values, w), table, transpose_b=True)

    return _of_integers(model, "tokens")


def masks_and_infinities() -> Function:
    """-inf where a key is hidden or later, RMSNorm by rsqrt, GELU by erf, a mean with a mask."""

    def model(tf: Any, tokens: Any, kept: Any) -> Any:
        w = Weights()
        values = tf.gather(w.matrix(WORDS, WIDTH) * 5, tokens)
        there = tf.cast(kept, tf.bool)[:, None, None, :]
        seen = tf.logical_and(there, np.tri(TOKENS, dtype=bool)[None, None])
        for _ in range(BLOCKS):
            normed = _rms(tf, values, w)
            values += _attention(
                tf, normed, w, lambda s: tf.where(seen, s / math.sqrt(DEPTH), -np.inf)
            )
            wide = _dense(_rms(tf, values, w), w, WIDTH, 2 * WIDTH)
            gated = 0.5 * wide * (1.0 + tf.math.erf(wide / math.sqrt(2.0)))
            values += _dense(gated, w, 2 * WIDTH, WIDTH)
        kept = tf.cast(kept, tf.float32)[:, :, None]
        return tf.reduce_sum(values * kept, 1) / tf.reduce_sum(kept, 1)

    return _of_integers(model, "tokens", "padding")


def neighbours_rotated() -> Function:
    """Each pair of neighbours is a number that is turned; masks of the least float16; GEGLU."""

    def model(tf: Any, tokens: Any, kept: Any) -> Any:
        w = Weights()
        values = tf.gather(w.matrix(WORDS, WIDTH) * 5, tokens)
        adder = tf.where(tf.cast(kept, tf.bool), 0.0, -65504.0)[:, None, None, :]
        for _ in range(BLOCKS):
            attended = _attention(
                tf,
                _rms(tf, values, w),
                w,
                lambda s: s * DEPTH**-0.5 + adder,
                lambda x: _turned(tf, x),
            )
            values += attended
            normed = _rms(tf, values, w)
            gate = tf.nn.gelu(_dense(normed, w, WIDTH, 2 * WIDTH))
            values += _dense(gate * _dense(normed, w, WIDTH, 2 * WIDTH), w, 2 * WIDTH, WIDTH)
        return _rms(tf, values, w)

    return _of_integers(model, "tokens", "padding")


def _of_integers(model: Callable[..., Any], *names: str) -> Function:
    return Function(model, [((TOKENS,), "int32")] * len(names), names)


def _dense(values: Any, w: Weights, rows: int, columns: int) -> Any:
    import tensorflow as tf

    return tf.einsum("...i,ij->...j", values, w.matrix(rows, columns)) + w.vector(size=columns)


def _batch_norm(tf: Any, values: Any, w: Weights) -> Any:
    mean, variance = tf.nn.moments(values, axes=[-1], keepdims=True)
    offset, gain = w.vector(), w.vector(1.0)
    return tf.nn.batch_normalization(values, mean, variance, offset, gain, 1e-12)


def _squared_norm(tf: Any, values: Any, w: Weights) -> Any:
    mean = tf.reduce_mean(values, axis=-1, keepdims=True)
    spread = tf.reduce_mean(tf.square(values - mean), axis=-1, keepdims=True)
    return (values - mean) * tf.math.rsqrt(spread + 1e-5) * w.vector(1.0) + w.vector()


def _rms(tf: Any, values: Any, w: Weights) -> Any:
    mean = tf.reduce_mean(values * values, -1, keepdims=True)
    return w.vector(1.0) * (values * tf.math.rsqrt(mean + 1e-6))


def _attention(
    tf: Any,
    values: Any,
    w: Weights,
    change: Callable[[Any], Any],
    turn: Callable[[Any], Any] = lambda x: x,
) -> Any:
    """One product for queries, keys and values, which are then parted."""
    joined = _dense(values, w, WIDTH, 3 * WIDTH)
    query, key, value = (
        tf.reshape(one, (-1, TOKENS, HEADS, DEPTH)) for one in tf.split(joined, 3, axis=-1)
    )
    query, key = turn(query), turn(key)
    query, key, value = (tf.transpose(one, (0, 2, 1, 3)) for one in (query, key, value))
    weights = tf.nn.softmax(change(tf.matmul(query, key, transpose_b=True)), axis=-1)
    mixed = tf.transpose(tf.matmul(weights, value), (0, 2, 1, 3))
    return _dense(tf.reshape(mixed, (-1, TOKENS, WIDTH)), w, WIDTH, WIDTH)


def _turned(tf: Any, heads: Any) -> Any:
    """x1 cos - x2 sin and x1 sin + x2 cos, side by side again."""
    angles = np.arange(TOKENS)[:, None] * 1e4 ** (-np.arange(0, DEPTH, 2) / DEPTH)
    cosines, sines = (one(angles).astype(np.float32)[None, :, None] for one in (np.cos, np.sin))
    first, second = heads[..., ::2], heads[..., 1::2]
    turned = [first * cosines - second * sines, first * sines + second * cosines]
    return tf.reshape(tf.stack(turned, axis=-1), (-1, TOKENS, HEADS, DEPTH))
