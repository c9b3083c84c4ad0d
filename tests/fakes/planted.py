"""Nets of a dozen layers with random weights, and ways to spoil their quantization.

Every fault leaves the float function as it was, or nearly so.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes import graphs
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.ops import OPS
from tflitekit.quantize.calibration.stats import TensorStats

CHANNELS = 16
SIZE = 8
LENGTH = 12
WIDTH = 32
DEPTH = 9


class Net:
    """Builds a net layer by layer; each op's output is named as Keras would have it."""

    def __init__(self, shape: tuple[int, ...], seed: int = 0) -> None:
        self.model = Model()
        self.graph: Subgraph = self.model.add_subgraph("main")
        self.rng = np.random.default_rng(seed)
        self.image = graphs.tensor(self.graph, "x", shape)
        self.graph.inputs = [self.image]

    def add(
        self, layer: str, op: str, inputs: list[Any], shape: tuple[int, ...], **options: Any
    ) -> Tensor:
        fields = options if OPS[op].options else None
        output = graphs.op(self.graph, op, inputs, shape, options=fields)
        output.name = f"net/{layer}/{op.title()}"
        return output

    def constant(self, layer: str, values: NDArray[Any]) -> Tensor:
        return self.graph.constant(f"net/{layer}/constant{len(self.graph.tensors)}", values)

    def weights(self, layer: str, *shape: int) -> Tensor:
        deviation = np.sqrt(2 / np.prod(shape[1:]))
        return self.constant(layer, self.rng.normal(0, deviation, shape).astype(np.float32))

    def bias(self, layer: str, size: int) -> Tensor:
        return self.constant(layer, self.rng.normal(0, 0.05, size).astype(np.float32))

    def conv(self, layer: str, x: Tensor, channels: int = CHANNELS) -> Tensor:
        operands = [x, self.weights(layer, channels, 3, 3, x.shape[-1]), self.bias(layer, channels)]
        options = {"padding": "SAME", "stride_w": 1, "stride_h": 1}
        factors = {"dilation_w_factor": 1, "dilation_h_factor": 1}
        activation = {"fused_activation_function": "RELU"}
        shape = (*x.shape[:-1], channels)
        return self.add(layer, "CONV_2D", operands, shape, **options, **factors, **activation)

    def dense(self, layer: str, x: Tensor, size: int) -> Tensor:
        operands = [x, self.weights(layer, size, x.shape[-1]), self.bias(layer, size)]
        keep = len(x.shape) > 2
        return self.add(
            layer, "FULLY_CONNECTED", operands, (*x.shape[:-1], size), keep_num_dims=keep
        )

    def mean(self, layer: str, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        operands = [x, self.constant(layer, np.int32(axes))]
        return self.add(layer, "MEAN", operands, (x.shape[0], x.shape[-1]), keep_dims=False)

    def softmax(self, layer: str, x: Tensor) -> Tensor:
        return self.add(layer, "SOFTMAX", [x], x.shape, beta=1.0)

    def finished(self, *outputs: Tensor) -> Model:
        self.graph.outputs = list(outputs)
        named = {f"y{i}": tensor for i, tensor in enumerate(outputs)}
        self.model.signatures["serving_default"] = Signature(self.graph, {"x": self.image}, named)
        return self.model


def convolutions(seed: int = 0) -> Model:
    """conv1 to conv9, pool, head, scores."""
    net = Net((1, SIZE, SIZE, 8), seed)
    x = net.image
    for number in range(1, DEPTH + 1):
        x = net.conv(f"conv{number}", x)
    head = net.dense("head", net.mean("pool", x, (1, 2)), 10)
    return net.finished(net.softmax("scores", head))


def branches(place: int, factor: float, seed: int = 0) -> Model:
    """The same; behind convolution `place` two branches are concatenated, of which the one called
    wide has values `factor` times as large. The next convolution undoes it."""
    net = Net((1, SIZE, SIZE, 8), seed)
    x = net.image
    for number in range(1, DEPTH + 1):
        x = net.conv(f"conv{number}", x)
        if number == place:
            wide, narrow = net.conv("wide", x), net.conv("narrow", x)
            shape = (*x.shape[:-1], 2 * CHANNELS)
            x = net.add("concat", "CONCATENATION", [wide, narrow], shape, axis=3)
    model = net.finished(net.dense("head", net.mean("pool", x, (1, 2)), 10))
    _scale(op_of(model, "wide"), slice(None), factor)
    weights = op_of(model, f"conv{place + 1}").inputs[1]
    assert weights is not None
    values = np.array(weights.data)
    values[..., :CHANNELS] /= factor
    weights.data = values
    return model


def attention(masked: int | None, mask: float = -1e9, seed: int = 0) -> Model:
    """Three blocks of attention over a sequence; block `masked` does not look at the last third."""
    net = Net((1, LENGTH, WIDTH), seed)
    x = net.image
    for number in (1, 2, 3):
        query, key, value = (net.dense(f"{name}{number}", x, WIDTH) for name in "qkv")
        shape = (1, LENGTH, LENGTH)
        scores = net.add(f"match{number}", "BATCH_MATMUL", [query, key], shape, adj_y=True)
        scale = net.constant("scale", np.float32(WIDTH**-0.5))
        scores = net.add(f"scale{number}", "MUL", [scores, scale], shape)
        if number == masked:
            values = np.zeros((1, 1, LENGTH), np.float32)
            values[..., -LENGTH // 3 :] = mask
            scores = net.add(f"mask{number}", "ADD", [scores, net.constant("m", values)], shape)
        weights = net.softmax(f"weights{number}", scores)
        mixed = net.add(f"mix{number}", "BATCH_MATMUL", [weights, value], x.shape)
        x = net.add(f"add{number}", "ADD", [x, net.dense(f"out{number}", mixed, WIDTH)], x.shape)
    return net.finished(net.dense("head", net.mean("pool", x, (1,)), 10))


def masked_maximum(place: int, seed: int = 0, *, read_twice: bool = False) -> Model:
    """Ten dense layers over a sequence; the greatest value of each of the first channels over the
    first two thirds, behind layer `place`, takes part in the sum at the end; and what a RELU leaves
    of the masked values, where they are `read_twice`."""
    net = Net((1, LENGTH, WIDTH), seed)
    x = net.image
    for number in range(1, DEPTH + 1):
        x = net.dense(f"dense{number}", x, WIDTH)
        if number == place:
            values = np.zeros((1, LENGTH, 1), np.float32)
            values[:, -LENGTH // 3 :] = -3e4
            kept = net.add("mask", "ADD", [x, net.constant("mask", values)], x.shape)
            axis = net.constant("greatest", np.int32([1]))
            read = net.add("greatest", "REDUCE_MAX", [kept, axis], (1, WIDTH), keep_dims=False)
            if read_twice:
                rest = net.mean("rest", net.add("above", "RELU", [kept], x.shape), (1,))
                read = net.add("both", "ADD", [read, rest], (1, WIDTH))
    total = net.add("sum", "ADD", [net.mean("pool", x, (1,)), read], (1, WIDTH))
    return net.finished(net.dense("head", total, 10))


def op_of(model: Model, layer: str) -> Op:
    """The only op of a layer, by the start of its output's name below the net's."""
    (found,) = [op for op in model.main.ops if f"/{layer}/" in f"/{op.outputs[0].name}"]
    return found


def plant_outlier(producer: Op, consumer: Op, channel: int, factor: float = 50.0) -> None:
    """Scale one channel of what a product writes, and undo it in the weights of its reader."""
    _scale(producer, channel, factor)
    weights = consumer.inputs[1]
    assert weights is not None
    values = np.array(weights.data)
    values[..., channel] /= factor
    weights.data = values


def shrunk(stats: TensorStats) -> TensorStats:
    """The statistics of values a quarter as large."""
    exponent = stats.bins & 0x7F80
    bins = np.where(exponent > 0x0100, stats.bins - 0x0100, stats.bins & 0x8000)
    return dataclasses.replace(
        stats,
        minimum=stats.minimum / 4,
        maximum=stats.maximum / 4,
        bins=bins.astype(np.uint16),
        channel_min=stats.channel_min / np.float32(4),
        channel_max=stats.channel_max / np.float32(4),
    )


def _scale(op: Op, channels: Any, factor: float) -> None:
    """Multiply channels of what a convolution or dense layer writes."""
    axis = -1 if op.name == "DEPTHWISE_CONV_2D" else 0
    for position in (1, 2):
        tensor = op.inputs[position]
        assert tensor is not None
        values = np.array(tensor.data)
        np.moveaxis(values, axis if position == 1 else 0, 0)[channels] *= factor
        tensor.data = values
