"""Normalizations as Keras 3, tf_keras and people spell them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered

Shape = tuple[int, ...]

LAYER_NORM_TIME = 0.4

NO_SLOWER = 1.0

Layer = tuple[str, str, Shape, Mapping[str, Any], float | None]
"""The kernel, the layer's class, the shape of a sample, options, and the time that is promised."""

LAYERS: tuple[Layer, ...] = (
    ("layer_norm", "LayerNormalization", (64, 384), {}, LAYER_NORM_TIME),
    ("layer_norm", "LayerNormalization", (197, 192), {}, LAYER_NORM_TIME),
    ("layer_norm", "LayerNormalization", (128, 768), {}, LAYER_NORM_TIME),
    ("layer_norm", "LayerNormalization", (24,), {}, None),
    ("layer_norm", "LayerNormalization", (16, 33), {"scale": False}, None),
    ("layer_norm", "LayerNormalization", (16, 33), {"center": False}, None),
    ("layer_norm", "LayerNormalization", (16, 33), {"scale": False, "center": False}, None),
    ("group_norm", "LayerNormalization", (16, 33), {"axis": 1}, None),
    ("layer_norm", "LayerNormalization", (8, 6, 10), {"axis": (1, 2, 3)}, None),
    ("group_norm", "LayerNormalization", (8, 6, 10), {"axis": (1, 2)}, None),
    ("layer_norm", "LayerNormalization", (8, 6, 10), {"axis": (2, 3)}, None),
    ("group_norm", "GroupNormalization", (28, 28, 64), {"groups": 8}, NO_SLOWER),
    ("group_norm", "GroupNormalization", (14, 14, 256), {"groups": 32}, NO_SLOWER),
    ("layer_norm", "GroupNormalization", (8, 6, 10), {"groups": 1}, None),
    ("group_norm", "GroupNormalization", (12, 8, 6), {"groups": 4, "axis": 1}, None),
    ("group_norm", "GroupNormalization", (28, 28, 64), {"groups": -1}, NO_SLOWER),
    (
        "group_norm",
        "GroupNormalization",
        (8, 6, 10),
        {"groups": -1, "scale": False, "center": False},
        None,
    ),
    ("layer_norm", "UnitNormalization", (128, 768), {}, NO_SLOWER),
    ("layer_norm", "UnitNormalization", (33,), {}, None),
    ("group_norm", "UnitNormalization", (8, 6, 10), {"axis": (1, 2)}, None),
)
"""Of both kinds of Keras."""

ONLY_KERAS_3: tuple[Layer, ...] = (
    ("layer_norm", "RMSNormalization", (64, 384), {}, LAYER_NORM_TIME),
    ("layer_norm", "RMSNormalization", (197, 192), {}, LAYER_NORM_TIME),
    ("layer_norm", "RMSNormalization", (128, 768), {}, LAYER_NORM_TIME),
    ("layer_norm", "RMSNormalization", (16, 33), {"epsilon": 1e-2}, None),
    ("group_norm", "LayerNormalization", (8, 6, 10), {"axis": (1, 3)}, None),
    ("group_norm", "LayerNormalization", (16, 33), {"rms_scaling": True}, None),
)

KERAS_OPS: Mapping[str, Callable[[Any, Any], Any]] = {
    "x * rsqrt(mean(square(x)) + e)": lambda ops, x: (
        x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-6)
    ),
    "x * reciprocal(sqrt(mean(x^2) + e))": lambda ops, x: (
        x * ops.reciprocal(ops.sqrt(ops.mean(ops.power(x, 2), axis=-1, keepdims=True) + 1e-6))
    ),
    "x / sqrt(mean(x x) + e)": lambda ops, x: (
        x / ops.sqrt(ops.mean(x * x, axis=-1, keepdims=True) + 1e-6)
    ),
    "(x - mean) / sqrt(var + e)": lambda ops, x: (
        (x - ops.mean(x, -1, keepdims=True)) / ops.sqrt(ops.var(x, -1, keepdims=True) + 1e-6)
    ),
    "(x - mean) / (std + e)": lambda ops, x: (
        (x - ops.mean(x, -1, keepdims=True)) / (ops.std(x, -1, keepdims=True) + 1e-6)
    ),
    "x / norm(x)": lambda ops, x: x / ops.norm(x, axis=-1, keepdims=True),
    "normalize(x)": lambda ops, x: ops.normalize(x, axis=-1),
    "relu(layer_normalization(x))": lambda ops, x: ops.relu(ops.layer_normalization(x)),
    "rms_normalization(x)": lambda ops, x: ops.rms_normalization(x),
}
"""As functions of `keras.ops`, along the last axis."""

TENSORFLOW: Mapping[str, Callable[[Any, Any], Any]] = {
    "tf.math.l2_normalize(x)": lambda tf, x: tf.math.l2_normalize(x, -1),
    "x * tf.math.rsqrt(tf.reduce_mean(x * x) + e) * gain": lambda tf, x: (
        x * tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + 1e-6) * _gain(x.shape[-1])
    ),
    "tf.nn.batch_normalization(x, *tf.nn.moments(x))": lambda tf, x: tf.nn.batch_normalization(
        x,
        *tf.nn.moments(x, (-1,), keepdims=True),
        offset=_gain(x.shape[-1]) - 1,
        scale=_gain(x.shape[-1]),
        variance_epsilon=1e-5,
    ),
    "(x - mean) * tf.math.rsqrt(variance + e), of tf.nn.moments": lambda tf, x: (
        (x - tf.nn.moments(x, (-1,), keepdims=True)[0])
        * tf.math.rsqrt(tf.nn.moments(x, (-1,), keepdims=True)[1] + 1e-5)
    ),
}
"""The same in TensorFlow."""

RESPONSES: tuple[tuple[Shape, float, tuple[int, float, float, float], float | None], ...] = (
    ((28, 28, 64), 1.0, (5, 1.0, 1.0, 0.5), NO_SLOWER),
    ((27, 27, 96), 50.0, (2, 2.0, 1e-4, 0.75), NO_SLOWER),
    ((9, 5, 33), 1.0, (2, 1.0, 0.1, 1.0), None),
    ((9, 5, 3), 1.0, (4, 0.1, 0.5, 0.6), None),
)
"""Local response normalization: the shape, the spread of x, radius, bias, alpha, beta, and time."""


def cases() -> Iterator[KernelCase]:
    for library, layers in (("keras", LAYERS + ONLY_KERAS_3), ("tf_keras", LAYERS)):
        for case in layers:
            yield _of_layer(library, *case)
    for library, spellings in (("keras", KERAS_OPS), ("tf_keras", TENSORFLOW)):
        for spelling in spellings:
            build = functools.partial(lowered, "norms", "spelled", library, spelling)
            yield KernelCase("layer_norm", spelling, build, _ordinary((32, 96)))
    for shape, spread, options, most_time in RESPONSES:
        name = "radius {}, bias {}, alpha {}, beta {}".format(*options)
        build = functools.partial(lowered, "norms", "local_response", shape, options)
        yield KernelCase("lrn", f"{shape}, {name}", build, _ordinary(shape, spread), most_time)
    for library in ("keras", "tf_keras"):
        build = functools.partial(lowered, "norms", "normalized_dot", library)
        sample = _both(_ordinary((16, 48)))
        yield KernelCase("layer_norm", f"{library} Dot(normalize=True)", build, sample)
    for name, sample in (("token", _with_outlier(0)), ("channel", _with_outlier(1))):
        for layer in ("LayerNormalization", "RMSNormalization", "UnitNormalization"):
            build = functools.partial(lowered, "norms", "layer", "keras", layer, (64, 384), ())
            yield KernelCase("layer_norm", f"{layer}, an outlier {name}", build, sample)


def _of_layer(
    library: str,
    kernel: str,
    layer: str,
    shape: Shape,
    options: Mapping[str, Any],
    most_time: float | None,
) -> KernelCase:
    described = "".join(f", {key}={value}" for key, value in options.items())
    return KernelCase(
        kernel,
        f"{library} {layer} {shape}{described}",
        functools.partial(lowered, "norms", "layer", library, layer, shape, tuple(options.items())),
        _ordinary(shape),
        most_time=most_time,
    )


def layer(library: str, name: str, shape: list[int], options: list[tuple[str, Any]]) -> Any:
    """A model of one layer, with weights that are not all the same."""
    keras = __import__(library)
    x = keras.Input(tuple(shape), batch_size=1)
    made = getattr(keras.layers, name)(**dict(options))
    model = keras.Model(x, made(x))
    rng = np.random.default_rng(1)
    made.set_weights([one + rng.normal(0, 0.3, one.shape) for one in made.get_weights()])
    return model


def spelled(library: str, spelling: str) -> Any:
    """A model of one formula."""
    import tensorflow as tf

    keras = __import__(library)
    x = keras.Input((32, 96), batch_size=1)
    formulas = KERAS_OPS if library == "keras" else TENSORFLOW
    return keras.Model(x, formulas[spelling](keras.ops if library == "keras" else tf, x))


def normalized_dot(library: str) -> Any:
    """Cosines of the angles between the rows of two inputs."""
    keras = __import__(library)
    x, y = (keras.Input((16, 48), batch_size=1) for _ in range(2))
    return keras.Model([x, y], keras.layers.Dot(axes=2, normalize=True)([x, y]))


def local_response(shape: list[int], options: list[float]) -> Any:
    """A model of `tf.nn.local_response_normalization`."""
    import tensorflow as tf
    import tf_keras

    x = tf_keras.Input(tuple(shape), batch_size=1)
    return tf_keras.Model(x, tf.nn.local_response_normalization(x, *options))


def _gain(size: int) -> Any:
    return np.random.default_rng(2).normal(1, 0.3, size).astype(np.float32)


def _ordinary(shape: Shape, size: float = 1.0) -> Callable[[np.random.Generator], Arrays]:
    """Numbers whose means and spreads differ from row to row."""

    def sample(rng: np.random.Generator) -> Arrays:
        rows = math.prod(shape[:-1])
        mean, spread = rng.normal(0, 0.5, (rows, 1)), rng.uniform(0.5, 2, (rows, 1))
        x = rng.normal(0, 1, (rows, shape[-1])) * spread + mean
        return [(size * x).reshape(1, *shape).astype(np.float32)]

    return sample


def _with_outlier(axis: int) -> Callable[[np.random.Generator], Arrays]:
    """One token or channel that is 50 times as large as the others."""

    def sample(rng: np.random.Generator) -> Arrays:
        x = rng.normal(0, 1, (64, 384))
        x[(7, slice(None)) if axis == 0 else (slice(None), 7)] *= 50
        return [x[None].astype(np.float32)]

    return sample


def _both(sample: Callable[[np.random.Generator], Arrays]) -> Callable[..., Arrays]:
    return lambda rng: sample(rng) + sample(rng)
