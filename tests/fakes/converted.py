"""Convert small models with TensorFlow, each to a file of the folder named on the command line.

Run as a script, in a process of its own: TensorFlow prints, and takes seconds to load.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def transformer() -> Any:
    """Two encoder blocks on tokens, with the batch left open."""
    x = layers.Input((16,), name="tokens")
    y = layers.Embedding(50, 32)(x)
    for _ in range(2):
        normed = layers.LayerNormalization()(y)
        y = layers.Add()([y, layers.MultiHeadAttention(4, 8)(normed, normed)])
        wide = layers.Dense(64, activation="gelu")(layers.LayerNormalization()(y))
        y = layers.Add()([y, layers.Dense(32)(wide)])
    y = layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(y))
    return tf.lite.TFLiteConverter.from_keras_model(keras.Model(x, y))


def loop() -> Any:
    """An LSTM, which becomes a WHILE with two subgraphs."""
    x = layers.Input(batch_shape=(1, 6, 4))
    model = keras.Model(x, layers.Dense(2)(layers.LSTM(5)(x)))
    return tf.lite.TFLiteConverter.from_keras_model(model)


def int8() -> Any:
    """Convolutions with one scale an output channel, and an int8 face."""
    x = layers.Input((8, 8, 3))
    y = layers.DepthwiseConv2D(3)(layers.Conv2D(8, 3, activation="relu")(x))
    converter = tf.lite.TFLiteConverter.from_keras_model(
        keras.Model(x, layers.Dense(4)(layers.Flatten()(y)))
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = _samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter


def float16() -> Any:
    """Weights of half width, widened by DEQUANTIZE ops."""
    x = layers.Input((8,))
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(x, layers.Dense(4)(x)))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter


def signatures() -> Any:
    """Two signatures that share a constant, one subgraph each."""

    class Scale(tf.Module):
        def __init__(self) -> None:
            self.factors = tf.constant([2.0, 3.0])

        @tf.function(input_signature=[tf.TensorSpec([2], tf.float32, name="x")])
        def add(self, x: Any) -> dict[str, Any]:
            return {"sum": x + self.factors}

        @tf.function(input_signature=[tf.TensorSpec([2], tf.float32, name="x")])
        def multiply(self, x: Any) -> dict[str, Any]:
            return {"product": x * self.factors}

    module = Scale()
    folder = str(Path(sys.argv[1]) / "saved")
    tf.saved_model.save(module, folder, signatures={"add": module.add, "multiply": module.multiply})
    return tf.lite.TFLiteConverter.from_saved_model(folder)


def custom() -> Any:
    """A Bessel function, which has no builtin operator and becomes a custom one."""

    @tf.function(input_signature=[tf.TensorSpec([4], tf.float32)])
    def bessel(x: Any) -> Any:
        return tf.math.bessel_i0(x) + 1.0

    converter = tf.lite.TFLiteConverter.from_concrete_functions([bessel.get_concrete_function()])
    converter.allow_custom_ops = True
    return converter


MODELS: tuple[Callable[[], Any], ...] = (transformer, loop, int8, float16, signatures, custom)


def _samples() -> Iterator[list[Any]]:
    generator = np.random.default_rng(0)
    for _ in range(4):
        yield [generator.normal(size=(1, 8, 8, 3)).astype(np.float32)]


def main(folder: Path) -> None:
    keras.utils.set_random_seed(0)
    for build in MODELS:
        (folder / f"{build.__name__}.tflite").write_bytes(build().convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
