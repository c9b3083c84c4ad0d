"""Convolutional nets: residual, depthwise separable, squeeze and excitation."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from tools.train_digits import block

CLASSES = 10
WIDTH = 0.5


def depthwise() -> keras.Model:
    """Depthwise separable convolutions with ReLU6 on digits."""
    image = keras.Input((8, 8, 1), name="image")
    values = _convolved(image, "stem", 24, 1)
    for number, (filters, strides) in enumerate([(32, 1), (64, 2), (64, 1), (96, 2)], start=1):
        values = _separable(values, f"block{number}", filters, strides)
    return _classifier(image, values, "digits_depthwise")


def mobilenet() -> keras.Model:
    """MobileNet (v1) at half width, with fewer blocks, for pictures of 32 by 32."""
    image = keras.Input((32, 32, 3), name="image")
    values = _convolved(image, "stem", int(WIDTH * 64), 1)
    shape = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (256, 1), (512, 2), (512, 1)]
    for number, (filters, strides) in enumerate(shape, start=1):
        values = _separable(values, f"block{number}", int(WIDTH * filters), strides)
    values = layers.GlobalAveragePooling2D(name="pool")(values)
    return _classifier(image, layers.Dropout(0.2, name="drop")(values), "cifar_mobilenet")


def resnet() -> keras.Model:
    """ResNet-8, three residual blocks, as MLPerf Tiny has it."""
    image = keras.Input((32, 32, 3), name="image")
    values = block(image, "stem", 16)
    for number, (filters, strides) in enumerate([(16, 1), (32, 2), (64, 2)], start=1):
        values = _residual(values, f"block{number}", filters, strides)
    return _classifier(image, values, "cifar_resnet")


def squeeze_excite() -> keras.Model:
    """Inverted residuals with swish and squeeze and excitation, after EfficientNet, on digits."""
    image = keras.Input((8, 8, 1), name="image")
    values = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem_conv")(image)
    values = _swish(values, "stem")
    for number, (filters, strides) in enumerate([(16, 1), (24, 2), (24, 1)], start=1):
        values = _inverted_residual(values, f"block{number}", filters, strides)
    values = layers.Conv2D(96, 1, use_bias=False, name="head_conv")(values)
    return _classifier(image, _swish(values, "head"), "digits_swish")


def _classifier(image: Any, values: Any, name: str) -> keras.Model:
    if len(values.shape) > 2:
        values = layers.GlobalAveragePooling2D(name="pool")(values)
    scores = layers.Dense(CLASSES, activation="softmax", name="scores")(values)
    return keras.Model(image, scores, name=name)


def _convolved(values: Any, name: str, filters: int, strides: int, size: int = 3) -> Any:
    """Convolution, batch normalization, ReLU6."""
    convolution = layers.Conv2D(
        filters, size, strides, padding="same", use_bias=False, name=f"{name}_conv"
    )
    values = layers.BatchNormalization(name=f"{name}_norm")(convolution(values))
    return layers.ReLU(6.0, name=f"{name}_relu6")(values)


def _separable(values: Any, name: str, filters: int, strides: int) -> Any:
    depthwise_convolution = layers.DepthwiseConv2D(
        3, strides, padding="same", use_bias=False, name=f"{name}_depth"
    )
    values = depthwise_convolution(values)
    values = layers.BatchNormalization(name=f"{name}_depth_norm")(values)
    values = layers.ReLU(6.0, name=f"{name}_depth_relu6")(values)
    return _convolved(values, name, filters, 1, size=1)


def _residual(values: Any, name: str, filters: int, strides: int) -> Any:
    """Two convolutions, added to what came in, which a third one brings to size."""
    branch = block(values, f"{name}_first", filters, strides)
    branch = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(branch)
    branch = layers.BatchNormalization(name=f"{name}_norm")(branch)
    if strides > 1 or values.shape[-1] != filters:
        values = layers.Conv2D(filters, 1, strides, padding="same", name=f"{name}_skip")(values)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([values, branch]))


def _swish(values: Any, name: str) -> Any:
    values = layers.BatchNormalization(name=f"{name}_norm")(values)
    return layers.Activation("swish", name=f"{name}_swish")(values)


def _inverted_residual(values: Any, name: str, filters: int, strides: int) -> Any:
    wide = 4 * values.shape[-1]
    branch = layers.Conv2D(wide, 1, use_bias=False, name=f"{name}_expand")(values)
    branch = _swish(branch, f"{name}_expand")
    depthwise_convolution = layers.DepthwiseConv2D(
        3, strides, padding="same", use_bias=False, name=f"{name}_depth"
    )
    branch = _swish(depthwise_convolution(branch), f"{name}_depth")
    branch = _excited(branch, name, wide // 8)
    branch = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(branch)
    branch = layers.BatchNormalization(name=f"{name}_project_norm")(branch)
    if branch.shape != values.shape:
        return branch
    return layers.Add(name=f"{name}_add")([values, branch])


def _excited(values: Any, name: str, squeezed: int) -> Any:
    """Each channel times a factor in 0..1 that depends on the means of all channels."""
    means = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(values)
    factors = layers.Conv2D(squeezed, 1, activation="swish", name=f"{name}_reduce")(means)
    factors = layers.Conv2D(values.shape[-1], 1, activation="sigmoid", name=f"{name}_gate")(factors)
    return layers.Multiply(name=f"{name}_excite")([values, factors])
