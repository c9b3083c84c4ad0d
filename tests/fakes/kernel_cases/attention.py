"""Softmax with masks, matrix products of activations, and attention, as people write them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tflitekit.graph import Model

Shape = tuple[int, ...]

ATTENTION_TIME = 0.45
SOFTMAX_TIME = 0.6
NO_SLOWER = 1.0

LEAST = float(np.finfo(np.float32).min)

HEADS, WIDTH = 4, 12

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

TOKENS = 16

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
    yield from _whole_layers()
    yield from _timed()
    yield from _softmaxes()
    yield from _products()
    for kernel, formulas in _OF_KERNELS:
        for name, (_, inputs) in formulas.items():
            build = functools.partial(lowered, "attention", "formula", name)
            yield KernelCase(kernel, name, build, _ordered(build, _sample(inputs)))


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
        given = [_rows(rng, (queries, HEADS * WIDTH)), _rows(rng, (keys, HEADS * WIDTH))]
        return [*given, *([_mask(rng, masked.get(name, (keys,)))] if mask == "mask" else [])]

    title = f"{library} {name}, {mask}, {queries} x {keys}"
    return KernelCase("attention", title, build, sample)


def _timed() -> Iterator[KernelCase]:
    for tokens, heads, width in ((64, 6, 32), (64, 12, 64), (128, 12, 64), (197, 3, 64)):
        for mask in ("none", "causal", "mask"):
            shape = (tokens, heads, width)
            build = functools.partial(lowered, "attention", "product_attention", *shape, mask)
            kinds = [shape] * 3
            title = f"dot_product_attention {shape}, {mask}"
            sample = _rows_and_hidden(kinds, (1, tokens, tokens) if mask == "mask" else None)
            yield KernelCase("attention", title, build, sample, most_time=ATTENTION_TIME)
    for shape in ((6, 64, 64), (12, 128, 128), (3, 197, 197)):
        for masked in (True, False):
            build = functools.partial(lowered, "attention", "softmax", *shape, masked)
            sample = _rows_and_hidden([shape], (1, *shape[1:]) if masked else None)
            title = f"keras Softmax {shape}, {'mask' if masked else 'no mask'}"
            promised = SOFTMAX_TIME if masked else NO_SLOWER
            yield KernelCase("softmax", title, build, sample, most_time=promised)
    for one, other in (
        ((6, 64, 32), (6, 32, 64)),
        ((12, 128, 64), (12, 64, 128)),
        ((12, 128, 128), (12, 128, 64)),
        ((3, 197, 64), (3, 64, 197)),
        ((1, 256, 256), (1, 256, 256)),
    ):
        build = functools.partial(lowered, "attention", "product", one, other, False, False)
        title = f"matmul {one} x {other}"
        sample = _ordered(build, _rows_and_hidden([one, other], None))
        yield KernelCase("batch_matmul", title, build, sample, most_time=NO_SLOWER)


def _softmaxes() -> Iterator[KernelCase]:
    for shape in ((7,), (5, 33), (2, 3, 100), (2, 2, 3, 17)):
        build = functools.partial(lowered, "attention", "softmax", *shape, False)
        yield KernelCase(
            "softmax", f"keras Softmax {shape}", build, _rows_and_hidden([shape], None)
        )


def _products() -> Iterator[KernelCase]:
    for one, other, first, second in (
        ((5, 7), (7, 9), False, False),
        ((7, 5), (7, 9), True, False),
        ((5, 7), (9, 7), False, True),
        ((7, 5), (9, 7), True, True),
        ((3, 5, 7), (1, 7, 9), False, False),
        ((1, 5, 7), (3, 7, 9), False, False),
        ((2, 3, 16, 31), (2, 3, 31, 1), False, False),
        ((2, 3, 1, 31), (2, 3, 17, 31), False, True),
    ):
        build = functools.partial(lowered, "attention", "product", one, other, first, second)
        swapped = " transposed"
        title = f"matmul {one}{swapped * first} x {other}{swapped * second}"
        sample = _ordered(build, _rows_and_hidden([one, other], None))
        yield KernelCase("batch_matmul", title, build, sample)


class Function:
    """A function of TensorFlow that is saved as a model is."""

    def __init__(self, function: Callable[..., Any], inputs: Sequence[tuple[Shape, str]]) -> None:
        self.function = function
        self.inputs = inputs

    def save(self, path: str) -> None:
        import tensorflow as tf

        module = tf.Module()
        module.call = tf.function(
            lambda *arguments: {"y": self.function(tf, *arguments)},
            input_signature=[
                tf.TensorSpec((1, *shape), dtype, name=f"input_{index}")
                for index, (shape, dtype) in enumerate(self.inputs)
            ],
        )
        tf.saved_model.save(module, path, signatures=module.call)


def formula(name: str) -> Function:
    """A model of one formula."""
    function, kinds = next(formulas[name] for _, formulas in _OF_KERNELS if name in formulas)
    return Function(function, [INPUTS[kind] for kind in kinds])


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


def softmax(*arguments: Any) -> Any:
    """The layer, with a mask of what is hidden if its last argument says so."""
    import keras

    *shape, masked = arguments
    inputs = [keras.Input(tuple(shape), batch_size=1)]
    if masked:
        inputs.append(keras.Input((1, *shape[1:]), batch_size=1, dtype="bool"))
        kept = keras.ops.logical_not(inputs[1])
        return keras.Model(inputs, keras.layers.Softmax()(inputs[0], kept))
    return keras.Model(inputs, keras.layers.Softmax()(*inputs))


def product(one: Shape, other: Shape, first: bool, second: bool) -> Function:
    """A matrix product, with operands transposed where it says."""
    return Function(
        lambda tf, a, b: tf.matmul(a, b, transpose_a=first, transpose_b=second),
        [(tuple(one), "float32"), (tuple(other), "float32")],
    )


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


def _ordered(build: Callable[[], Model], sample: Callable[..., Arrays]) -> Callable[..., Arrays]:
    """The inputs of a `Function` as its model takes them: TensorFlow does not keep their order."""

    def ordered(rng: np.random.Generator) -> Arrays:
        arrays = sample(rng)
        names = build().signature().inputs
        return [arrays[int(name.removeprefix("input_"))] for name in names]

    return ordered


def _sample(kinds: Sequence[str]) -> Callable[[np.random.Generator], Arrays]:
    def sample(rng: np.random.Generator) -> Arrays:
        return [_input(rng, kind, INPUTS[kind][0]) for kind in kinds]

    return sample


def _input(rng: np.random.Generator, kind: str, shape: Shape) -> Any:
    if kind == "mask":
        return _mask(rng, shape)
    if kind == "padding":
        return (np.arange(shape[-1]) < rng.integers(1, shape[-1] + 1))[None].astype(np.int32)
    if kind in ("float mask", "additive mask"):
        kept = _mask(rng, shape).astype(np.float32)
        return kept if kind == "float mask" else (1 - kept) * np.float32(-1e9)
    return _rows(rng, shape)


def _rows_and_hidden(
    shapes: Sequence[Shape], mask: Shape | None
) -> Callable[[np.random.Generator], Arrays]:
    def sample(rng: np.random.Generator) -> Arrays:
        rows = [_rows(rng, shape) for shape in shapes]
        return [*rows, *([~_mask(rng, mask)] if mask else [])]

    return sample


def _rows(rng: np.random.Generator, shape: Shape) -> Any:
    return rng.normal(0.1, 1.3, (1, *shape)).astype(np.float32)


def _mask(rng: np.random.Generator, shape: Shape) -> Any:
    """Nothing is masked completely."""
    kept = rng.random((1, *shape)) < 0.7
    kept[..., 0] = True
    return kept


def _tokens(rng: np.random.Generator) -> Any:
    tokens = rng.integers(1, 50, (1, TOKENS)).astype(np.int32)
    tokens[:, rng.integers(3, TOKENS + 1) :] = 0
    return tokens
