"""Models of one product, every kind and geometry of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes import graphs
from tflitekit.graph.model import Model, Op, Tensor
from tflitekit.graph.one_op import output_shapes

CHANNELS = 6
IMAGE = (1, 7, 9, CHANNELS)

Geometry = tuple[str, tuple[int, ...], dict[str, Any]]


def _conv(padding: str, stride: int = 1, dilation: int = 1, **more: Any) -> dict[str, Any]:
    strides = {"stride_w": stride, "stride_h": stride}
    dilations = {"dilation_w_factor": dilation, "dilation_h_factor": dilation}
    return {"padding": padding, **strides, **dilations, **more}


PRODUCTS: dict[str, Geometry] = {
    "dense": ("FULLY_CONNECTED", (8, CHANNELS), {}),
    "conv same": ("CONV_2D", (8, 3, 3, CHANNELS), _conv("SAME")),
    "conv valid": ("CONV_2D", (8, 3, 2, CHANNELS), _conv("VALID")),
    "conv stride": ("CONV_2D", (8, 3, 3, CHANNELS), _conv("SAME", 2)),
    "conv even": ("CONV_2D", (8, 4, 2, CHANNELS), _conv("SAME", 2)),
    "conv dilated": ("CONV_2D", (8, 3, 3, CHANNELS), _conv("SAME", 1, 2)),
    "conv grouped": ("CONV_2D", (8, 3, 3, CHANNELS // 2), _conv("SAME")),
    "depthwise": ("DEPTHWISE_CONV_2D", (1, 3, 3, CHANNELS), _conv("SAME", depth_multiplier=1)),
    "depthwise stride": (
        "DEPTHWISE_CONV_2D",
        (1, 3, 3, CHANNELS),
        _conv("SAME", 2, depth_multiplier=1),
    ),
    "depthwise double": (
        "DEPTHWISE_CONV_2D",
        (1, 3, 2, 2 * CHANNELS),
        _conv("VALID", depth_multiplier=2),
    ),
}
"""Without transposed convolutions: see `TRANSPOSED`."""

TRANSPOSED: dict[str, Geometry] = {
    f"transposed {padding.lower()} {stride}": (
        "TRANSPOSE_CONV",
        (8, 3, 3, CHANNELS),
        {"padding": padding, "stride_w": stride, "stride_h": stride},
    )
    for padding in ("SAME", "VALID")
    for stride in (1, 2)
}

_VALID_SIZE = 2  # what a VALID transposed convolution adds to a size: its filter's, less one


def one_product(geometry: Geometry, weights: NDArray[Any], bias: NDArray[Any] | None) -> Model:
    """A model of the product alone; its input is called x."""
    name, shape, options = geometry
    model = Model()
    graph = model.add_subgraph("main")
    x = graphs.tensor(graph, "x", IMAGE if len(shape) == 4 else (5, CHANNELS))
    operands: list[Tensor | None] = [x, graph.constant("w", weights.reshape(shape))]
    operands.append(None if bias is None else graph.constant("b", bias))
    if name == "TRANSPOSE_CONV":
        size = np.int32([1, *(_up(side, options) for side in IMAGE[1:3]), shape[0]])
        operands = [graph.constant("size", size), operands[1], x, operands[2]]
    graph.inputs = [x]
    graph.ops = [Op(name, operands, [graphs.tensor(graph, "y", (1,))], options)]
    (output,) = graph.ops[0].outputs
    (found,) = output_shapes(graph.ops[0])
    assert found is not None
    output.shape = tuple(size.tolist()) if name == "TRANSPOSE_CONV" else found
    graph.outputs = [output]
    return model


def _up(side: int, options: dict[str, Any]) -> int:
    stride: int = options["stride_w"]
    return side * stride if options["padding"] == "SAME" else (side - 1) * stride + 1 + _VALID_SIZE
