"""LiteRT's own LSTM over a sequence, as Keras 2 models arrive with it."""

import numpy as np

from tests.fakes.graphs import tensor
from tflitekit.graph import Model
from tflitekit.graph.model import Op, Signature

BATCH, STEPS, CHANNELS, UNITS = 2, 30, 6, 9

OPTIONS = {
    "fused_activation_function": "TANH",
    "cell_clip": 10.0,
    "proj_clip": 0.0,
    "time_major": False,
}


def builtin_lstm(**options) -> Model:
    """Inputs "x" and outputs "y"; `options` beside the usual ones."""
    rng = np.random.default_rng(2)

    def constant(name, *shape):
        return graph.constant(name, rng.normal(scale=0.4, size=shape).astype(np.float32))

    model = Model()
    graph = model.add_subgraph("main")
    x = tensor(graph, "x", (BATCH, STEPS, CHANNELS))
    y = tensor(graph, "y", (BATCH, STEPS, UNITS))
    kernels = [constant(f"w{i}", UNITS, CHANNELS) for i in range(4)]
    recurrent = [constant(f"r{i}", UNITS, UNITS) for i in range(4)]
    biases = [constant(f"b{i}", UNITS) for i in range(4)]
    states = [tensor(graph, name, (BATCH, UNITS), is_variable=True) for name in ("h", "c")]
    inputs = [x, *kernels, *recurrent, None, None, None, *biases, None, None, *states, *[None] * 4]
    graph.ops = [Op("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [y], OPTIONS | options)]
    graph.inputs, graph.outputs = [x], [y]
    model.signatures["serving_default"] = Signature(graph, {"x": x}, {"y": y})
    return model
