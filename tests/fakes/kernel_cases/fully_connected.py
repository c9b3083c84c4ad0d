"""Dense layers of one row or two, as in a decoder that makes one token after the other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from tests.fakes import graphs
from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tflitekit.graph import Model

SIZES = (
    (1, 1024, 1024, "RELU"),
    (1, 768, 3072, "RELU6"),
    (1, 3072, 768, "NONE"),
    (2, 1031, 2053, "NONE"),
)
MOST_TIME = 0.5


def cases() -> Iterator[KernelCase]:
    for rows, depth, outputs, activation in SIZES:
        name = f"{rows} x {depth} to {outputs}, {activation}"
        build = partial(_dense, rows, depth, outputs, activation)
        yield KernelCase("fully_connected", name, build, partial(_sample, rows, depth), MOST_TIME)


def _dense(rows: int, depth: int, outputs: int, activation: str) -> Model:
    """A product of what a table gives: the model has custom ops anyway."""
    random = np.random.default_rng(depth)
    model = Model()
    graph = model.add_subgraph("main")
    graph.inputs = [x] = [graphs.tensor(graph, "x", (rows, depth))]
    values = graphs.op(graph, "SIN", [x], x.shape)
    weights = random.normal(0.0, depth**-0.5, (outputs, depth)).astype(np.float32)
    bias = random.normal(0.0, 0.1, outputs).astype(np.float32)
    operands = [values, graph.constant("weights", weights), graph.constant("bias", bias)]
    options = {"fused_activation_function": activation, "keep_num_dims": False}
    shape = (rows, outputs)
    graph.outputs = [graphs.op(graph, "FULLY_CONNECTED", operands, shape, options=options)]
    return model


def _sample(rows: int, depth: int, rng: np.random.Generator) -> Arrays:
    return [rng.uniform(-2.0, 2.0, (rows, depth)).astype(np.float32)]
