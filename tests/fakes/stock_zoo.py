"""Convert small models of many ops in every mode of TensorFlow's converter, a file each.

Run as a module with the folder as its argument: TensorFlow prints, and takes seconds to load.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tests.fakes.stock_modes import MODES

CHANNELS = 4


def products(x: Any) -> Any:
    """Convolutions of every kind, dense layers with and without a bias, and a matrix product."""
    y = tf.nn.conv2d(x, _weights(3, 3, CHANNELS, 8), 1, "SAME") + _weights(8)
    y = tf.nn.relu6(tf.nn.depthwise_conv2d(y, _weights(3, 3, 8, 1), [1, 1, 1, 1], "SAME"))
    y = tf.nn.depthwise_conv2d(y, _weights(3, 3, 8, 1), [1, 1, 1, 1], "SAME", dilations=[2, 2])
    y = tf.nn.conv2d(y, _weights(1, 1, 4, 8), 1, "SAME")
    y = tf.nn.conv2d_transpose(y, _weights(3, 3, 8, 8), [1, 16, 16, 8], 2) + _weights(8)
    y = tf.reshape(y, [1, 16, 128])
    y = tf.nn.relu(tf.matmul(y, _weights(128, 16)) + _weights(16))
    y = tf.matmul(y, _weights(16, 16))
    y = tf.matmul(y, y, transpose_b=True)
    return tf.matmul(tf.reshape(y, [1, 256]), _weights(256, 4)) + _weights(4)


def elementwise(x: Any) -> Any:
    """One value in, one out; and two of them, broadcast or not, in four and five axes."""
    y = tf.abs(x) + 1.0
    y = tf.sqrt(y) + tf.exp(-y) + tf.math.log(y) + tf.math.rsqrt(y)
    y = tf.nn.elu(y) * tf.nn.sigmoid(x) - tf.tanh(x)
    y = tf.nn.gelu(y) + tf.nn.leaky_relu(x) + tf.sin(y) + tf.cos(y) + tf.sign(y)
    y = tf.maximum(tf.minimum(y, x), 0.25 * x) + tf.nn.relu(x)
    y = tf.math.squared_difference(y, tf.reduce_mean(x, 3, keepdims=True)) * x
    five = tf.reshape(y, [1, 2, 4, 8, CHANNELS])
    vector = tf.reshape(x[0, 0, 0], [CHANNELS])
    five = tf.maximum(five - vector, vector) / (tf.abs(five) + 2.0)
    y = tf.math.floordiv(tf.reshape(five, x.shape), tf.abs(x) + 1.0) + tf.math.floormod(y, 2.0)
    return y * tf.nn.relu6(x + 3.0) + tf.pow(tf.abs(x) + 1.0, 2.0)


def movements(x: Any) -> Any:
    """Parts, orders, sizes and copies of a tensor."""
    y = tf.concat([x, tf.reverse(x, [1])], 3)
    y = tf.transpose(tf.reshape(y, [1, 8, 2, 4, 2, CHANNELS]), [0, 2, 1, 3, 5, 4])
    y = tf.transpose(tf.reshape(y, [1, 16, 8, 4]), [0, 2, 1, 3])
    y = tf.pad(y, [[0, 0], [1, 1], [1, 1], [0, 0]])
    y = tf.pad(y, [[0, 0], [1, 0], [1, 0], [0, 0]], constant_values=0.5)
    y = tf.pad(y, [[0, 0], [1, 0], [0, 0], [0, 0]], mode="REFLECT")[:, 0:8, 0:16, :]
    y = tf.nn.space_to_depth(tf.nn.depth_to_space(y, 2), 2)
    y = tf.space_to_batch(y, [2, 2], [[0, 0], [0, 0]])
    y = tf.batch_to_space(y, [2, 2], [[0, 0], [0, 0]])
    y = tf.compat.v1.image.resize_bilinear(y, [8, 8], half_pixel_centers=True)
    y = tf.compat.v1.image.resize_nearest_neighbor(y, [8, 8], align_corners=True)
    left, right = tf.split(y, 2, 3)
    short, long = tf.split(tf.tile(tf.concat([left, right], 3), [1, 1, 1, 2]), [3, 5], 3)
    y = tf.stack(tf.unstack(tf.concat([short, long], 3), axis=3)[:CHANNELS], 3)
    y = tf.gather(y, [0, 2, 1], axis=1)
    return tf.slice(y, [0, 0, 1, 0], [1, 2, 4, CHANNELS])


def choices(x: Any) -> Any:
    """Comparisons, reductions, extrema and their places."""
    y = tf.where(tf.logical_and(x > 0.0, x <= 1.0), x, 0.5 * x)
    y = tf.where(tf.logical_or(x >= 0.0, x < -1.0), y, x)
    y = tf.where(tf.not_equal(x, 0.0), y, x) + tf.cast(tf.equal(x, 0.0), tf.float32)
    y = tf.reduce_max(y, 1) + tf.reduce_min(y, 1) + tf.reduce_sum(y, 1) + tf.reduce_mean(y, 1)
    best = tf.cast(tf.argmax(y, -1) + tf.argmin(y, -1), tf.int32)
    values, places = tf.math.top_k(y, 2)
    y = tf.nn.log_softmax(y) + tf.nn.softmax(y) + tf.one_hot(best, CHANNELS)
    scattered = tf.scatter_nd([[0], [2]], y[0, :2], [8, CHANNELS])
    y = y + tf.gather_nd(scattered, [[0], [1], [2], [3], [4], [5], [6], [7]])
    spread = tf.broadcast_to(tf.reshape(values, [1, 8, 2, 1]), [1, 8, 2, CHANNELS])
    return tf.concat([tf.reshape(spread, [-1]), tf.reshape(y, [-1])], 0), places


def pooled(x: Any) -> Any:
    """Pooling, a hard swish as mobile networks have it, and a norm."""
    y = tf.nn.max_pool2d(x, 2, 1, "SAME") + tf.nn.avg_pool2d(x, 2, 1, "SAME")
    y = y * tf.nn.relu6(y + 3.0) * (1.0 / 6.0)
    return tf.math.l2_normalize(y, -1) + tf.math.cumsum(x, 1) - tf.math.ceil(x) + tf.floor(x)


BUILDERS: tuple[Callable[[Any], Any], ...] = (products, elementwise, movements, choices, pooled)


def _weights(*shape: int) -> Any:
    generator = np.random.default_rng(sum(shape))
    return tf.constant(generator.normal(size=shape).astype(np.float32))


def _samples() -> Iterator[list[Any]]:
    generator = np.random.default_rng(0)
    for _ in range(4):
        yield [generator.normal(size=(1, 8, 8, CHANNELS)).astype(np.float32)]


def convert(build: Callable[[Any], Any], mode: str) -> bytes:
    """The model of `build` as the stock converter writes it in `mode`."""
    traced = tf.function(build).get_concrete_function(tf.TensorSpec([1, 8, 8, CHANNELS]))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
    if mode != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if mode in ("int8", "int16x8"):
        converter.representative_dataset = _samples
        converter.inference_input_type = tf.float32
    sets = tf.lite.OpsSet
    if mode == "int16x8":
        int16x8 = sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [int16x8, sets.TFLITE_BUILTINS]
    return bytes(converter.convert())


def main(folder: Path) -> None:
    for build in BUILDERS:
        for mode in MODES:
            (folder / f"{build.__name__}_{mode}.tflite").write_bytes(convert(build, mode))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
