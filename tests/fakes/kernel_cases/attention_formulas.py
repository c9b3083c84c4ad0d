"""Attention and softmax with masks, as people write them in TensorFlow."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.attention import HEADS, TOKENS, WIDTH
from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tests.fakes.kernel_cases.random_inputs import Shape, mask_of, rows
from tests.fakes.kernel_cases.tensorflow_function import Function, ordered

LEAST = float(np.finfo(np.float32).min)

FORMULAS: Mapping[str, tuple[Callable[..., Any], Sequence[str]]] = {
    "einsum, where -1e9": (
        lambda tf, q, k, v, m: tf.einsum(
            "bhqk,bkhd->bqhd",
            tf.nn.softmax(tf.where(m[:, None], tf.einsum("bqhd,bkhd->bhqk", q, k) / 3.5, -1e9), -1),
            v,
        ),
        ("rows", "rows", "rows", "mask"),
    ),
    "einsum, keys first": (
        lambda tf, q, k, v: tf.einsum(
            "bhqk,bkhd->bqhd", tf.nn.softmax(tf.einsum("bkhd,bqhd->bhqk", k, q) * 0.29), v
        ),
        ("rows", "rows", "rows"),
    ),
    "(1 - padding) * -3e4": (
        lambda tf, q, k, v, m: _of_heads(
            tf, q, k, v, lambda s: s + (1.0 - tf.cast(m, tf.float32))[:, None, None, :] * -3e4
        ),
        ("rows", "rows", "rows", "padding"),
    ),
    "causal s * b - 1e4 * (1 - b)": (
        lambda tf, q, k, v: _of_heads(
            tf, q, k, v, lambda s: s * _triangle() - 1e4 * (1 - _triangle())
        ),
        ("rows", "rows", "rows"),
    ),
    "causal + padding -inf": (
        lambda tf, q, k, v, m: _of_heads(
            tf,
            q,
            k,
            v,
            lambda s: tf.where(
                tf.logical_and(_triangle() > 0, tf.cast(m, tf.bool)[:, None, None, :]), s, -np.inf
            ),
        ),
        ("rows", "rows", "rows", "padding"),
    ),
    "masked where true": (
        lambda tf, q, k, v, m: _of_heads(
            tf, q, k, v, lambda s: tf.where(tf.logical_not(m)[:, None], LEAST, s)
        ),
        ("rows", "rows", "rows", "mask"),
    ),
    "ALiBi": (
        lambda tf, q, k, v: _of_heads(tf, q, k, v, lambda s: s + _alibi()),
        ("rows", "rows", "rows"),
    ),
    "relative position bias and a mask": (
        lambda tf, q, k, v, b, m: _of_heads(
            tf, q, k, v, lambda s: s + b + (1.0 - tf.cast(m, tf.float32))[:, None] * -65504.0
        ),
        ("rows", "rows", "rows", "bias", "mask"),
    ),
    "bias and mask in one": (
        lambda tf, q, k, v: _of_heads(
            tf, q, k, v, lambda s: s + _alibi() + np.where(_triangle() > 0, 0.0, -1e9)
        ),
        ("rows", "rows", "rows"),
    ),
    "fused q, k, v": (lambda tf, x: _fused(tf, x), ("fused",)),
    "repeated keys and values": (
        lambda tf, q, k, v: _of_heads(
            tf, q, tf.repeat(k[:, :, :2], 2, axis=2), tf.repeat(v[:, :, 1:3], 2, axis=2)
        ),
        ("rows", "rows", "rows"),
    ),
    "scaled before the product": (
        lambda tf, q, k, v: _of_heads(tf, q * 0.3, k / 1.7, v * 2.0),
        ("rows", "rows", "rows"),
    ),
}
"""Attention in TensorFlow, and its inputs."""

SOFTMAXES: Mapping[str, tuple[Callable[..., Any], Sequence[str]]] = {
    "(1 - m) * -1e9, m float": (
        lambda tf, x, m: tf.nn.softmax(x + (1.0 - m) * -1e9, -1),
        ("logits", "float mask"),
    ),
    "where -inf": (
        lambda tf, x, m: tf.nn.softmax(tf.where(m[:, None], x, -np.inf), -1),
        ("logits", "mask"),
    ),
    "where float min": (
        lambda tf, x, m: tf.nn.softmax(tf.where(m[:, None], x, LEAST), -1),
        ("logits", "mask"),
    ),
    "where -3e4": (
        lambda tf, x, m: tf.nn.softmax(tf.where(m[:, None], x, -3e4), -1),
        ("logits", "mask"),
    ),
    "added -1e9": (
        lambda tf, x, m: tf.nn.softmax(x + m, -1),
        ("logits", "additive mask"),
    ),
    "causal": (
        lambda tf, x: tf.nn.softmax(x + np.float32(-1e9) * (1 - _triangle()), -1),
        ("logits",),
    ),
    "bias": (lambda tf, x, b: tf.nn.softmax(x + b, -1), ("logits", "bias")),
    "temperature": (lambda tf, x: tf.nn.softmax(x * 0.5, -1), ("logits",)),
    "exp(x) / sum(exp(x))": (
        lambda tf, x: (
            tf.exp(x - tf.reduce_max(x, -1, keepdims=True))
            / tf.reduce_sum(tf.exp(x - tf.reduce_max(x, -1, keepdims=True)), -1, keepdims=True)
        ),
        ("logits",),
    ),
}
"""Softmax in TensorFlow, and its inputs."""

_OF_KERNELS = (("attention", FORMULAS), ("softmax", SOFTMAXES))

INPUTS: Mapping[str, tuple[Shape, str]] = {
    "rows": ((TOKENS, HEADS, WIDTH), "float32"),
    "fused": ((TOKENS, 3 * HEADS * WIDTH), "float32"),
    "logits": ((HEADS, TOKENS, TOKENS), "float32"),
    "bias": ((HEADS, TOKENS, TOKENS), "float32"),
    "mask": ((TOKENS, TOKENS), "bool"),
    "float mask": ((1, 1, TOKENS), "float32"),
    "additive mask": ((1, TOKENS, TOKENS), "float32"),
    "padding": ((TOKENS,), "int32"),
}


def cases() -> Iterator[KernelCase]:
    for kernel, formulas in _OF_KERNELS:
        for name, (_, inputs) in formulas.items():
            build = functools.partial(lowered, "attention_formulas", "formula", name)
            yield KernelCase(kernel, name, build, ordered(build, _sample(inputs)))


def formula(name: str) -> Function:
    """A model of one formula."""
    function, kinds = next(formulas[name] for _, formulas in _OF_KERNELS if name in formulas)
    return Function(function, [INPUTS[kind] for kind in kinds])


def _of_heads(tf: Any, q: Any, k: Any, v: Any, change: Callable[[Any], Any] = lambda s: s) -> Any:
    """Of [batch, tokens, heads, width], as GPT-2 and BERT are written."""
    q, k, v = (tf.transpose(one, (0, 2, 1, 3)) for one in (q, k, v))
    scores = change(tf.matmul(q, k, transpose_b=True) / math.sqrt(WIDTH))
    y = tf.transpose(tf.matmul(tf.nn.softmax(scores, axis=-1), v), (0, 2, 1, 3))
    return tf.reshape(y, (-1, TOKENS, HEADS * WIDTH))


def _fused(tf: Any, x: Any) -> Any:
    split = tf.transpose(tf.reshape(x, (-1, TOKENS, 3, HEADS, WIDTH)), (2, 0, 3, 1, 4))
    q, k, v = tf.unstack(split)
    y = tf.matmul(tf.nn.softmax(tf.matmul(q * 0.29, k, transpose_b=True)), v)
    return tf.reshape(tf.transpose(y, (0, 2, 1, 3)), (-1, TOKENS, HEADS * WIDTH))


def _triangle() -> Any:
    return np.tri(TOKENS, dtype=np.float32)[None, None]


def _alibi() -> Any:
    places = np.arange(TOKENS, dtype=np.float32)
    slopes = np.float32(0.5) ** np.arange(1, HEADS + 1, dtype=np.float32)
    return -np.abs(places[:, None] - places)[None, None] * slopes[:, None, None]


def _sample(kinds: Sequence[str]) -> Callable[[np.random.Generator], Arrays]:
    def sample(rng: np.random.Generator) -> Arrays:
        return [_input(rng, kind, INPUTS[kind][0]) for kind in kinds]

    return sample


def _input(rng: np.random.Generator, kind: str, shape: Shape) -> Any:
    if kind == "mask":
        return mask_of(rng, shape)
    if kind == "padding":
        return (np.arange(shape[-1]) < rng.integers(1, shape[-1] + 1))[None].astype(np.int32)
    if kind in ("float mask", "additive mask"):
        kept = mask_of(rng, shape).astype(np.float32)
        return kept if kind == "float mask" else (1 - kept) * np.float32(-1e9)
    return rows(rng, shape)
