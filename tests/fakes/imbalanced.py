"""Small nets whose activations have channels of very different size, and what they compute."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes import graphs
from tflitekit.graph import run_passes
from tflitekit.graph.model import Model, Subgraph, Tensor
from tflitekit.graph.passes import remove_dead_code
from tflitekit.graph.writer import write_model
from tflitekit.quantize.calibration.expose import expose
from tflitekit.quantize.calibration.stats import TensorStats, observe
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.boundary import set_io
from tflitekit.quantize.planning.plan import Plan, make_plan
from tflitekit.quantize.recipe import Recipe

SIZE = 6
CHANNELS = 16
RATIO = 100.0
MINMAX = Recipe(ranges="minmax")

Values = NDArray[Any]


def conv_options(
    activation: str = "NONE", padding: str = "SAME", stride: int = 1
) -> dict[str, Any]:
    """Of CONV_2D and DEPTHWISE_CONV_2D."""
    return {
        "padding": padding,
        "stride_w": stride,
        "stride_h": stride,
        "dilation_w_factor": 1,
        "dilation_h_factor": 1,
        "fused_activation_function": activation,
    }


def chain(
    between: str = "RELU", imbalance: float = RATIO, pad: bool = False, pooled: bool = False
) -> Model:
    """conv, depthwise and pointwise convolution. The channels behind the first two differ by up to
    `imbalance`, the largest reaching 6 and more, and the last weights undo it.

    Args:
        between: the fused activation behind the first two, or a homogeneous op.
        pad: an explicit PAD before the depthwise convolution.
        pooled: a mean and a dense layer in place of the pointwise convolution.
    """
    model = Model()
    graph = model.add_subgraph("main")
    rng = np.random.default_rng(1)
    sizes = np.float32(np.geomspace(1 / imbalance, 1, CHANNELS))
    small = np.float32(0.05)
    fused = between if between in ("RELU", "RELU6") else "NONE"
    x = graphs.tensor(graph, "x", (1, SIZE, SIZE, 3))
    first = _weights(rng, CHANNELS, 3, 3, 3) * sizes[:, None, None, None] * 4
    y = _product(graph, "CONV_2D", x, first, small * sizes, (1, SIZE, SIZE, CHANNELS), fused)
    y = _activated(graph, y, between)
    padding = "SAME"
    if pad:
        paddings = graph.constant("paddings", np.int32([[0, 0], [1, 1], [1, 1], [0, 0]]))
        y = graphs.op(graph, "PAD", [y, paddings], (1, SIZE + 2, SIZE + 2, CHANNELS), options={})
        padding = "VALID"
    depth = _weights(rng, 1, 3, 3, CHANNELS) * 2
    shape = (1, SIZE, SIZE, CHANNELS)
    y = _product(graph, "DEPTHWISE_CONV_2D", y, depth, small * sizes, shape, fused, padding)
    y = _activated(graph, y, between)
    if pooled:
        axes = graph.constant("axes", np.int32([1, 2]))
        y = graphs.op(graph, "MEAN", [y, axes], (1, CHANNELS), options={"keep_dims": False})
        weights = graph.constant("weights", _weights(rng, 8, CHANNELS) / sizes)
        operands = [y, weights, graph.constant("bias", _weights(rng, 8))]
        y = graphs.op(graph, "FULLY_CONNECTED", operands, (1, 8), options={})
    else:
        pointwise = _weights(rng, 8, 1, 1, CHANNELS) / sizes
        y = _product(graph, "CONV_2D", y, pointwise, _weights(rng, 8), (1, SIZE, SIZE, 8), "NONE")
    graph.inputs, graph.outputs = [x], [y]
    return model


def normalized(gammas: Values, readers: int = 3, length: int = 8) -> Model:
    """A layer normalization as Keras 3 lowers it, read by dense layers whose weights undo gamma."""
    model = Model()
    graph = model.add_subgraph("main")
    rng = np.random.default_rng(2)
    width = gammas.size
    wide, narrow = (1, length, width), (1, length, 1)
    x = graphs.tensor(graph, "x", wide)
    axis = graph.constant("axis", np.int32([2]))
    keep = {"keep_dims": True}
    add = functools.partial(graphs.op, graph, options={})
    epsilon = graph.constant("epsilon", np.float32(1e-3))
    mean = graphs.op(graph, "MEAN", [x, axis], narrow, options=keep)
    minus = add("NEG", [mean], narrow)
    square = add("SQUARED_DIFFERENCE", [x, mean], wide)
    variance = graphs.op(graph, "MEAN", [square, axis], narrow, options=keep)
    variance = add("ADD", [variance, epsilon], narrow)
    deviation = graphs.op(graph, "RSQRT", [variance], narrow)
    gamma = graph.constant("gamma", np.float32(gammas).reshape(1, 1, -1))
    beta = graph.constant("beta", np.float32(0.1 * gammas).reshape(1, 1, -1))
    slope = add("MUL", [deviation, gamma], wide)
    offset = add("ADD", [add("MUL", [minus, slope], wide), beta], wide)
    y = add("ADD", [add("MUL", [x, slope], wide), offset], wide)
    graph.inputs = [x]
    for number in range(readers):
        weights = graph.constant(f"w{number}", np.float32(_weights(rng, 12, width) / gammas))
        operands = [y, weights, graph.constant(f"b{number}", _weights(rng, 12))]
        fields = {"keep_num_dims": True}
        graph.outputs.append(
            graphs.op(graph, "FULLY_CONNECTED", operands, (1, length, 12), options=fields)
        )
    return model


def samples(model: Model, count: int = 8, seed: int = 3) -> list[Values]:
    """Normally distributed values for the only input."""
    rng = np.random.default_rng(seed)
    shape = model.main.inputs[0].shape
    return [rng.normal(0, 1, shape).astype(np.float32) for _ in range(count)]


def observed(model: Model, inputs: Sequence[Values]) -> dict[Tensor, TensorStats]:
    """What calibration would say, computed in this process."""
    exposed = expose(model)
    content = write_model(exposed.model)
    tensors = [exposed.inputs[0], *exposed.outputs.values()]
    seen = [[x, *graphs.run(content, x)] for x in inputs]
    columns = zip(tensors, zip(*seen, strict=True), strict=True)
    return {tensor: observe(np.concatenate(values)) for tensor, values in columns}


def outputs(model: Model, inputs: Sequence[Values]) -> Values:
    """All outputs in one row a sample."""
    content = write_model(model)
    rows = [np.concatenate([y.ravel() for y in graphs.run(content, x)]) for x in inputs]
    return np.stack(rows)


def planned(model: Model, inputs: Sequence[Values], recipe: Recipe = MINMAX) -> Plan:
    """The plan for what `inputs` show."""
    return make_plan(model, observed(model, inputs), recipe)


def quantized(model: Model, plan: Plan) -> Model:
    """The model with a plan written into it, in place, with float inputs and outputs."""
    apply_plan(model, plan)
    set_io(model, "float32")
    run_passes(model, (remove_dead_code,))
    return model


def _weights(rng: np.random.Generator, *shape: int) -> Values:
    deviation = np.prod(shape[1:]) ** -0.5
    return rng.normal(0, deviation, shape).astype(np.float32)


def _product(
    graph: Subgraph,
    op: str,
    x: Tensor,
    weights: Values,
    bias: Values,
    shape: tuple[int, ...],
    activation: str,
    padding: str = "SAME",
) -> Tensor:
    operands = [x, graph.constant("weights", weights), graph.constant("bias", bias)]
    options = conv_options(activation, padding)
    if op == "DEPTHWISE_CONV_2D":
        options["depth_multiplier"] = 1
    return graphs.op(graph, op, operands, shape, options=options)


def _activated(graph: Subgraph, x: Tensor, between: str) -> Tensor:
    if between in ("NONE", "RELU", "RELU6"):
        return x
    operands: list[Tensor | None] = [x]
    options: dict[str, Any] | None = None
    if between == "LEAKY_RELU":
        options = {"alpha": 0.1}
    elif between == "PRELU":
        alphas = np.linspace(0.1, 0.4, CHANNELS, dtype=np.float32).reshape(1, 1, -1)
        operands.append(graph.constant("alpha", alphas))
    return graphs.op(graph, between, operands, x.shape, options=options)
