"""Attention layers, and attention of inputs."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tests.fakes.kernel_cases.random_inputs import mask_of, rows, rows_and_hidden

ATTENTION_TIME = 0.45
HEADS, WIDTH, TOKENS = 4, 12, 16


def cases() -> Iterator[KernelCase]:
    yield from _whole_layers()
    yield from _timed()


def _whole_layers() -> Iterator[KernelCase]:
    for library in ("keras", "tf_keras"):
        for mask in ("none", "causal", "mask"):
            for queries, keys in ((16, 16), (9, 21)):
                if mask == "causal" and queries != keys:
                    continue
                yield _layer(library, "MultiHeadAttention", mask, queries, keys)
                if library == "keras":
                    yield _layer(library, "Attention", mask, queries, keys)
    for mask in ("none", "causal", "mask"):
        yield _layer("keras", "GroupQueryAttention", mask, 16, 16)
    yield KernelCase(
        "attention",
        "keras MultiHeadAttention of padded tokens",
        functools.partial(lowered, "attention", "padded_tokens"),
        lambda rng: [_tokens(rng)],
    )
    for mask in ("none", "mask"):
        one = _layer("keras", "AdditiveAttention", mask, 9, 21)
        yield KernelCase("softmax", one.name, one.build, one.sample)


def _layer(library: str, name: str, mask: str, queries: int, keys: int) -> KernelCase:
    build = functools.partial(lowered, "attention", "layer", library, name, mask, queries, keys)
    masked = {"MultiHeadAttention": (queries, keys), "GroupQueryAttention": (queries, keys)}

    def sample(rng: np.random.Generator) -> Arrays:
        given = [rows(rng, (queries, HEADS * WIDTH)), rows(rng, (keys, HEADS * WIDTH))]
        return [*given, *([mask_of(rng, masked.get(name, (keys,)))] if mask == "mask" else [])]

    title = f"{library} {name}, {mask}, {queries} x {keys}"
    return KernelCase("attention", title, build, sample)


def _timed() -> Iterator[KernelCase]:
    for tokens, heads, width in ((64, 6, 32), (64, 12, 64), (128, 12, 64), (197, 3, 64)):
        for mask in ("none", "causal", "mask"):
            shape = (tokens, heads, width)
            build = functools.partial(lowered, "attention", "product_attention", *shape, mask)
            kinds = [shape] * 3
            title = f"dot_product_attention {shape}, {mask}"
            sample = rows_and_hidden(kinds, (1, tokens, tokens) if mask == "mask" else None)
            yield KernelCase("attention", title, build, sample, most_time=ATTENTION_TIME)


def layer(library: str, name: str, mask: str, queries: int, keys: int) -> Any:
    """A model of one layer; its keys are its values."""
    keras = __import__(library)
    query, key = (keras.Input((size, HEADS * WIDTH), batch_size=1) for size in (queries, keys))
    inputs, more = [query, key], {}
    if name in ("MultiHeadAttention", "GroupQueryAttention"):
        sizes = (HEADS, WIDTH) if name == "MultiHeadAttention" else (WIDTH, HEADS, HEADS // 2)
        made = getattr(keras.layers, name)(*sizes)
        if mask == "mask":
            inputs.append(keras.Input((queries, keys), batch_size=1, dtype="bool"))
            more["attention_mask"] = inputs[-1]
        more |= {"use_causal_mask": True} if mask == "causal" else {}
        return keras.Model(inputs, made(query, key, **more))
    made = getattr(keras.layers, name)()
    if mask == "mask":
        inputs.append(keras.Input((keys,), batch_size=1, dtype="bool"))
        more["mask"] = [None, inputs[-1]]
    more |= {"use_causal_mask": True} if mask == "causal" else {}
    return keras.Model(inputs, made([query, key], **more))


def padded_tokens() -> Any:
    """Self-attention of embedded tokens of which 0 is padding."""
    import keras

    tokens = keras.Input((TOKENS,), batch_size=1, dtype="int32")
    x = keras.layers.Embedding(50, HEADS * WIDTH, mask_zero=True)(tokens)
    return keras.Model(tokens, keras.layers.MultiHeadAttention(HEADS, WIDTH)(x, x))


def product_attention(tokens: int, heads: int, width: int, mask: str) -> Any:
    """keras.ops.dot_product_attention of inputs; the mask tells what is hidden, so that with the
    inputs that the runner makes up for a measurement, false ones, nothing is."""
    import keras

    inputs = [keras.Input((tokens, heads, width), batch_size=1) for _ in range(3)]
    more: dict[str, Any] = {"is_causal": mask == "causal"}
    if mask == "mask":
        inputs.append(keras.Input((1, tokens, tokens), batch_size=1, dtype="bool"))
        more["mask"] = keras.ops.logical_not(inputs[-1])
    y = keras.ops.dot_product_attention(*inputs[:3], **more, flash_attention=False)
    return keras.Model(inputs, y)


def _tokens(rng: np.random.Generator) -> Any:
    tokens = rng.integers(1, 50, (1, TOKENS)).astype(np.int32)
    tokens[:, rng.integers(3, TOKENS + 1) :] = 0
    return tokens
