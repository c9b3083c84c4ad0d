"""Activations that have to have the scale of others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from tests.fakes import graphs
from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tflitekit.graph import Model

SHAPES = ((1, 7, 11, 3), (1, 56, 56, 64), (1, 1, 1, 1))


def cases() -> Iterator[KernelCase]:
    for shape in SHAPES:
        name = f"concatenation of {list(shape)}"
        yield KernelCase("rescale", name, partial(_joined, shape), partial(_sample, shape))


def _joined(shape: tuple[int, ...]) -> Model:
    """x joined with a wider function of it, which is a table: the model has custom ops anyway."""
    model = Model()
    graph = model.add_subgraph("main")
    graph.inputs = [x] = [graphs.tensor(graph, "x", shape)]
    three = graph.constant("three", np.float32(3))
    wide = graphs.op(graph, "SIN", [graphs.op(graph, "MUL", [x, three], shape, options={})], shape)
    options = {"axis": 3, "fused_activation_function": "NONE"}
    joined = (*shape[:3], 2 * shape[3])
    graph.outputs = [graphs.op(graph, "CONCATENATION", [wide, x], joined, options=options)]
    return model


def _sample(shape: tuple[int, ...], rng: np.random.Generator) -> Arrays:
    return [rng.uniform(-0.7, 0.4, shape).astype(np.float32)]
