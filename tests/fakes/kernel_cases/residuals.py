"""Residual sums and their normalizations, as transformers have them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered

Shape = tuple[int, ...]

SHAPES: tuple[Shape, ...] = ((64, 384), (197, 192), (128, 768), (16, 33))
OUTLIER = 50.0


def cases() -> Iterator[KernelCase]:
    for library in ("keras", "tf_keras"):
        for shape in SHAPES:
            for form in ("post_norm", "pre_norm"):
                build = functools.partial(lowered, "residuals", form, library, shape)
                yield KernelCase("add_norm", f"{library} {form} {shape}", build, _two(shape))
    build = functools.partial(lowered, "residuals", "rms", (64, 384))
    yield KernelCase("add_norm", "RMSNormalization", build, _two((64, 384)))
    build = functools.partial(lowered, "residuals", "scaled_branch", (64, 384))
    yield KernelCase("add_norm", "a branch with a scale a column", build, _two((64, 384)))
    build = functools.partial(lowered, "residuals", "rows_twice", (64, 384))
    yield KernelCase("add_norm", "rows with two gains", build, _two((64, 384)))
    build = functools.partial(lowered, "residuals", "outlier_channel", (64, 384))
    yield KernelCase(
        "add_norm",
        "a stream with an outlier channel, in int16",
        build,
        _two((64, 384)),
        needed_db=30.0,
        int16=("scaled", "stream"),
    )


def post_norm(library: str, shape: list[int]) -> Any:
    """The sum is normalized, and that is what goes on."""
    keras = __import__(library)
    a, b = _inputs(keras, shape)
    return keras.Model([a, b], _norm(keras)(keras.layers.Add()([a, b])))


def pre_norm(library: str, shape: list[int]) -> Any:
    """The sum goes on, and is normalized for what is computed beside it."""
    keras = __import__(library)
    a, b = _inputs(keras, shape)
    total = keras.layers.Add()([a, b])
    return keras.Model([a, b], [total, _norm(keras)(total)])


def rms(shape: list[int]) -> Any:
    """RMSNorm of a sum."""
    import keras

    a, b = _inputs(keras, shape)
    total = keras.layers.Add()([a, b])
    return keras.Model([a, b], keras.layers.RMSNormalization()(total))


def scaled_branch(shape: list[int]) -> Any:
    """LayerScale: what is added has a factor a column."""
    import keras

    a, b = _inputs(keras, shape)
    factors = keras.ops.convert_to_tensor(np.geomspace(0.1, 10, shape[-1], dtype=np.float32))
    scaled = keras.layers.Multiply()([b, factors[None, None]])
    return keras.Model([a, b], _norm(keras)(keras.layers.Add()([a, scaled])))


def rows_twice(shape: list[int]) -> Any:
    """The normalized rows, and the same with another gain."""
    import keras

    a, b = _inputs(keras, shape)
    y = _norm(keras)(keras.layers.Add()([a, b]))
    factors = keras.ops.convert_to_tensor(np.geomspace(0.3, 3, shape[-1], dtype=np.float32))
    return keras.Model([a, b], [y, keras.layers.Multiply()([y, factors[None, None]])])


def outlier_channel(shape: list[int]) -> Any:
    """A stream one channel of which is 50 times as large as the others, normalized twice by norms
    with a small gain there, as training gives them."""
    import keras

    a, b = _inputs(keras, shape)
    large = np.ones((1, 1, shape[-1]), np.float32)
    large[..., 7] = OUTLIER
    scaled = keras.layers.Multiply(name="scaled")([a, keras.ops.convert_to_tensor(large)])
    stream = keras.layers.Add(name="stream")([scaled, b])
    norms = [_norm(keras) for _ in range(2)]
    end = keras.layers.Add(name="end")([stream, norms[0](stream)])
    model = keras.Model([a, b], norms[1](end))
    for norm in norms:
        gain, offset = norm.get_weights()
        norm.set_weights([gain / large.ravel(), offset])
    return model


def _inputs(keras: Any, shape: list[int]) -> Any:
    return tuple(keras.Input(tuple(shape), batch_size=1, name=name) for name in ("a", "b"))


def _norm(keras: Any) -> Any:
    """A LayerNorm with weights that are not all the same."""

    def initial(mean: float, seed: int) -> Any:
        return keras.initializers.RandomNormal(mean, 0.3, seed=seed)

    return keras.layers.LayerNormalization(
        gamma_initializer=initial(1.0, 1), beta_initializer=initial(0.0, 2)
    )


def _two(shape: Shape) -> Any:
    def sample(rng: np.random.Generator) -> Arrays:
        return [rng.normal(0, size, (1, *shape)).astype(np.float32) for size in (1.0, 0.5)]

    return sample
