"""Rotary position embeddings in the ways they are written, in TensorFlow and with keras.ops."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tests.fakes.kernel_cases.tensorflow_function import Function

Shape = tuple[int, ...]

ROTARY_TIME = 0.6

TOKENS_FIRST, HEADS_FIRST = (16, 4, 12), (4, 16, 12)


def cases() -> Iterator[KernelCase]:
    for name, shape in (
        ("halves", TOKENS_FIRST),
        ("halves_joined", HEADS_FIRST),
        ("neighbours", TOKENS_FIRST),
        ("neighbours_turned", HEADS_FIRST),
        ("a_part", TOKENS_FIRST),
        ("scaled", TOKENS_FIRST),
    ):
        build = partial(lowered, "rotations", "rotation", name, shape)
        yield KernelCase("rotary", f"{name} {shape}", build, partial(_sample, shape))
    for shape in ((64, 6, 64), (128, 12, 64)):
        build = partial(lowered, "rotations", "rotation", "halves", shape)
        title = f"halves {shape}"
        yield KernelCase("rotary", title, build, partial(_sample, shape), most_time=ROTARY_TIME)


def rotation(name: str, shape: list[int]) -> Function:
    """A model of one spelling; it runs in the child."""
    return Function(
        lambda tf, x: globals()[f"_{name}"](tf, x, *_angles(shape)), [(tuple(shape), "float32")]
    )


def _angles(shape: list[int]) -> tuple[Any, Any]:
    """Cosines and sines [tokens, depth / 2], with an axis for the heads."""
    tokens, depth = max(shape[:2]), shape[-1]
    angles = np.arange(tokens)[:, None] * 1e4 ** (-np.arange(0, depth, 2) / depth)
    own = angles[:, None] if shape[0] == tokens else angles[None]
    return np.cos(own).astype(np.float32), np.sin(own).astype(np.float32)


def _halves(tf: Any, x: Any, cosines: Any, sines: Any) -> Any:
    """x cos + stack(-second, first) sin, with every angle twice."""
    first, second = tf.split(x, 2, axis=-1)
    turned = tf.reshape(tf.stack([-second, first], axis=-2), x.shape)
    return x * np.concatenate([cosines] * 2, -1) + turned * np.concatenate([sines] * 2, -1)


def _halves_joined(tf: Any, x: Any, cosines: Any, sines: Any) -> Any:
    """Each half on its own."""
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return tf.concat([first * cosines - second * sines, second * cosines + first * sines], -1)


def _neighbours(tf: Any, x: Any, cosines: Any, sines: Any) -> Any:
    """Every other element, and what lies between."""
    first, second = x[..., ::2], x[..., 1::2]
    turned = [first * cosines - second * sines, first * sines + second * cosines]
    return tf.reshape(tf.stack(turned, -1), x.shape)


def _neighbours_turned(tf: Any, x: Any, cosines: Any, sines: Any) -> Any:
    """x cos + turned(x) sin, as GPT-J has it."""
    turned = tf.reshape(tf.stack([-x[..., 1::2], x[..., ::2]], axis=-1), x.shape)
    return x * np.repeat(cosines, 2, -1) + turned * np.repeat(sines, 2, -1)


def _a_part(tf: Any, x: Any, cosines: Any, sines: Any) -> Any:
    """The first half of the elements."""
    half = x.shape[-1] // 2
    rotated = _halves(tf, x[..., :half], cosines[..., ::2], sines[..., ::2])
    return tf.concat([rotated, x[..., half:]], -1)


def _scaled(tf: Any, x: Any, cosines: Any, sines: Any) -> Any:
    return _halves(tf, x * 0.35, cosines, sines) * 3.0


def _sample(shape: Shape, rng: np.random.Generator) -> Arrays:
    return [rng.normal(0.1, 1.3, (1, *shape)).astype(np.float32)]
