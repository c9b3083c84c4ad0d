"""A small model with a state: the sum of all that it was given."""

from __future__ import annotations

import numpy as np

from tests.fakes.graphs import op, tensor
from tflitekit.graph import Model
from tflitekit.graph.model import DEFAULT_SIGNATURE, Signature
from tflitekit.graph.state import State, note_state
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.planning.apply import apply_plan
from tflitekit.quantize.planning.plan import make_plan
from tflitekit.quantize.recipe import Recipe

SHAPE = (1, 4, 2)


def stateful(name: str = "ADD", steps: int = 5) -> Model:
    """y = (x + memory), which is also what is remembered; and a count that goes with it."""
    graph = Model().add_subgraph("main")
    x = tensor(graph, "x", SHAPE)
    memory = tensor(graph, "memory", SHAPE)
    count = tensor(graph, "count", (1,), "int32")
    graph.inputs = [x, memory, count]
    options = {"fused_activation_function": "NONE"}
    kept = op(graph, name, [x, memory], SHAPE, options=options)
    y = op(graph, "TANH", [kept], SHAPE)
    more = op(graph, "ADD", [count, graph.constant("one", np.int32([1]))], (1,), options=options)
    more.dtype = "int32"
    graph.outputs = [y, kept, more]
    model = graph.model
    model.signatures[DEFAULT_SIGNATURE] = Signature(
        graph,
        {"x": x, "memory": memory, "count": count},
        {"y": y, "next_memory": kept, "next_count": more},
    )
    note_state(model, State({"memory": "next_memory", "count": "next_count"}, steps))
    return model


def stateful_int8() -> Model:
    """The same in integers."""
    model = stateful()
    signature = model.signature()
    kept, memory = signature.outputs["next_memory"], signature.inputs["memory"]
    stats = {one: observe(np.float32([-3, 3])) for one in (signature.inputs["x"], memory, kept)}
    apply_plan(model, make_plan(model, stats, Recipe(ranges="minmax")))
    return model
