"""What the filters of a product see: its operand cut into one row an output position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tflitekit.quantize.corrections.coverage import padding, steps
from tflitekit.quantize.corrections.products import Product

PATCHED = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})
"""The ops that `patches` knows. A transposed convolution has no such rows."""

_GOLDEN = (5**0.5 - 1) / 2


def patches(product: Product, values: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """The inputs of the weights, in the order of `Product.rows`.

    Args:
        product: of one of `PATCHED`.
        values: of its operand, [samples, *shape].
        most: output positions; of more, as many are taken, spread evenly, always the same ones.

    Returns:
        [groups, output positions, taps * input channels of a group].
    """
    if product.op.name == "FULLY_CONNECTED":
        rows = values.reshape(-1, values.shape[-1])
        return rows[_spread(len(rows), most)][None]
    images = values.reshape(-1, *product.x.shape[1:])
    height, width = product.op.outputs[0].shape[1:3]
    places = _spread(len(images) * height * width, most)
    image, y, x = np.unravel_index(places, (len(images), height, width))
    (ys, y_in), (xs, x_in) = (
        _taps(product, axis, at) for axis, at in ((0, np.asarray(y)), (1, np.asarray(x)))
    )
    seen = images[image[:, None, None], ys[:, :, None], xs[:, None, :]]
    seen = seen * (y_in[:, :, None] & x_in[:, None, :])[..., None]
    grouped = seen.reshape(len(places), seen.shape[1] * seen.shape[2], product.groups, -1)
    return np.moveaxis(grouped, 2, 0).reshape(product.groups, len(places), -1)


def _taps(
    product: Product, axis: int, at: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The input positions that each output position meets, and whether they are no padding."""
    options, name = product.op.options or {}, "hw"[axis]
    inside, outside = product.x.shape[1 + axis], product.op.outputs[0].shape[1 + axis]
    taps = product.kernel[axis]
    stride, dilation = steps(options, name)
    first = at * stride - padding(options, name, taps, inside, outside)
    places = first[:, None] + np.arange(taps) * dilation
    return np.clip(places, 0, inside - 1), (places >= 0) & (places < inside)


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """`most` of `count` positions. Steps of the golden section fall into step with no row width."""
    if count <= most:
        return np.arange(count)
    return np.sort((np.arange(most) * _GOLDEN % 1 * count).astype(np.int64))
