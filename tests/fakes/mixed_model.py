"""A model of which XNNPACK takes a part only."""

from __future__ import annotations

import numpy as np

from tests.fakes.graphs import op, tensor
from tflitekit.graph import Model, Signature

HEAVY, LIGHT = 512, 8


def mixed_model() -> Model:
    """A large product, an op that XNNPACK leaves alone, a small product."""
    model = Model()
    graph = model.add_subgraph("main")
    rng = np.random.default_rng(0)
    x = tensor(graph, "x", (64, HEAVY))
    options = {"fused_activation_function": "NONE"}
    large = graph.constant("large", rng.random((HEAVY, HEAVY), np.float32))
    y = op(graph, "FULLY_CONNECTED", [x, large, None], (64, HEAVY), options=options)
    y = op(graph, "CUMSUM", [y, graph.constant("axis", np.int32(0))], (64, HEAVY), options={})
    small = graph.constant("small", rng.random((LIGHT, HEAVY), np.float32))
    y = op(graph, "FULLY_CONNECTED", [y, small, None], (64, LIGHT), options=options)
    graph.inputs, graph.outputs = [x], [y]
    model.signatures["serving_default"] = Signature(graph, {"x": x}, {"y": y})
    return model
