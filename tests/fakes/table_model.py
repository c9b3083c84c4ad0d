"""A model of one custom op, tflitekit.table, and what it must give."""

from __future__ import annotations

import numpy as np

from tflitekit.graph import Model, Op, Signature, Subgraph, Tensor, write_model
from tflitekit.graph.quantization import Quantization
from tflitekit.kernels.table import TABLE

WIDTH = 300
ENTRIES = np.roll(np.arange(-128, 128), 77).astype(np.int8)


def table_model(entries=ENTRIES) -> bytes:
    """x int8 [1, 300] -> tflitekit.table -> y int8 [1, 300]; scale 0.1, zero point 0."""
    graph = Subgraph("main")
    params = Quantization.affine([0.1], [0])
    x = graph.add(Tensor("x", (1, WIDTH), "int8", quantization=params))
    y = graph.add(Tensor("y", (1, WIDTH), "int8", quantization=params))
    table = graph.constant("table", entries)
    graph.inputs, graph.outputs = [x], [y]
    graph.ops = [Op(TABLE.name, [x, table], [y], custom=True)]
    model = Model([graph])
    model.signatures["serving_default"] = Signature(graph, {"x": x}, {"y": y})
    return write_model(model)
