"""Functions of one value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.fakes import graphs
from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tflitekit.graph import Model

SHAPE = (1, 32, 32, 16)


def cases() -> Iterator[KernelCase]:
    for name, low, high in (
        ("SIN", -3.0, 2.0),
        ("COS", -3.0, 2.0),
        ("HARD_SWISH", -5.0, 4.0),
        ("NEG", -3.0, 2.0),
        ("SQUARE", -3.0, 2.0),
        ("ELU", -3.0, 2.0),
        ("FLOOR", -9.0, 5.0),
        ("CEIL", -9.0, 5.0),
        ("ROUND", -9.0, 5.0),
        ("SIGN", -3.0, 2.0),
    ):
        yield KernelCase("table", name, _builtin(name), _uniform(low, high), most_time=0.25)


def _builtin(name: str):
    def build() -> Model:
        model = Model()
        graph = model.add_subgraph("main")
        x = graphs.tensor(graph, "x", SHAPE)
        graph.inputs = [x]
        graph.outputs = [graphs.op(graph, name, [x], SHAPE)]
        return model

    return build


def _uniform(low: float, high: float):
    def sample(rng: np.random.Generator) -> Arrays:
        return [rng.uniform(low, high, SHAPE).astype(np.float32)]

    return sample
