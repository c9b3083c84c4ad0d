"""One model with many of our kernels and none of LiteRT's: its bits are the same anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered

LENGTH, WIDTH = 9, 16


def case() -> KernelCase:
    return KernelCase("gru", "mixture", lambda: lowered("mixture", "mixture"), _sample)


def mixture() -> Any:
    """Runs in the child."""
    from keras import Input, Model, layers, ops

    x = Input((LENGTH, WIDTH), batch_size=1)
    normed = layers.LayerNormalization()(x)
    curved = ops.sin(normed) + ops.erf(normed)
    mixed = layers.Attention()([curved, curved])
    followed = layers.GRU(WIDTH, return_sequences=True)(mixed)
    divided = followed / (ops.abs(x) + 0.5)
    return Model(x, [layers.Softmax()(divided), divided])


def _sample(rng: np.random.Generator) -> Arrays:
    return [rng.normal(size=(1, LENGTH, WIDTH)).astype(np.float32)]
