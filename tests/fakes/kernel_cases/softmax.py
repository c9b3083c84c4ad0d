"""Keras's Softmax layer, with and without a mask."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from tests.fakes.kernel_cases.case import KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tests.fakes.kernel_cases.random_inputs import rows_and_hidden

SOFTMAX_TIME, NO_SLOWER = 0.6, 1.0


def cases() -> Iterator[KernelCase]:
    for shape in ((6, 64, 64), (12, 128, 128), (3, 197, 197)):
        for masked in (True, False):
            build = functools.partial(lowered, "softmax", "softmax", *shape, masked)
            sample = rows_and_hidden([shape], (1, *shape[1:]) if masked else None)
            title = f"keras Softmax {shape}, {'mask' if masked else 'no mask'}"
            promised = SOFTMAX_TIME if masked else NO_SLOWER
            yield KernelCase("softmax", title, build, sample, most_time=promised)
    for shape in ((7,), (5, 33), (2, 3, 100), (2, 2, 3, 17)):
        build = functools.partial(lowered, "softmax", "softmax", *shape, False)
        yield KernelCase("softmax", f"keras Softmax {shape}", build, rows_and_hidden([shape], None))


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
