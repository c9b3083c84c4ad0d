"""Models that are one function of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays
from tests.fakes.kernel_cases.random_inputs import Shape
from tflitekit.graph import Model


class Function:
    """A function of TensorFlow that is saved as a model is."""

    def __init__(
        self,
        function: Callable[..., Any],
        inputs: Sequence[tuple[Shape, str]],
        names: Sequence[str] = (),
    ) -> None:
        self.function = function
        self.inputs = inputs
        self.names = names or [f"input_{index}" for index in range(len(inputs))]

    def save(self, path: str) -> None:
        import tensorflow as tf

        module = tf.Module()
        module.call = tf.function(
            lambda *arguments: {"y": self.function(tf, *arguments)},
            input_signature=[
                tf.TensorSpec((1, *shape), dtype, name=name)
                for name, (shape, dtype) in zip(self.names, self.inputs, strict=True)
            ],
        )
        tf.saved_model.save(module, path, signatures=module.call)


def ordered(build: Callable[[], Model], sample: Callable[..., Arrays]) -> Callable[..., Arrays]:
    """The inputs of a `Function` as its model takes them: TensorFlow does not keep their order."""

    def ordered(rng: np.random.Generator) -> Arrays:
        arrays = sample(rng)
        names = build().signature().inputs
        return [arrays[int(name.removeprefix("input_"))] for name in names]

    return ordered
