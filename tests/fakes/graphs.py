"""Small graphs built in memory, and the runtime's answer to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.quantization import Blockwise, Quantization
from tflitekit.graph.storage import (
    Buffer,
    ExternalBuffer,
    Metadata,
    SparseDimension,
    Sparsity,
    VariantSubtype,
)


def tensor(
    graph: Subgraph, name: str, shape: tuple[int, ...], dtype: str = "float32", **more: Any
) -> Tensor:
    """A tensor of `graph`; a size of -1 is open."""
    closed = tuple(1 if size == -1 else size for size in shape)
    signature = shape if -1 in shape else None
    return graph.add(Tensor(name, closed, dtype, shape_signature=signature, **more))


def op(
    graph: Subgraph,
    name: str,
    inputs: list[Tensor | None],
    shape: tuple[int, ...],
    dtype: str = "float32",
    **more: Any,
) -> Tensor:
    """The output of a new op, which bears the op's name and position."""
    output = tensor(graph, f"{name}_{len(graph.ops)}", shape, dtype)
    graph.ops.append(Op(name, inputs, [output], **more))
    return output


def dense(batch: int = 1) -> Model:
    """[batch, 4] times weights [3, 4], with a bias and RELU, under a signature."""
    model = Model(description="a dense layer")
    graph = model.add_subgraph("main")
    x = tensor(graph, "x", (batch, 4))
    weights = graph.constant("net/dense/MatMul", np.arange(12, dtype=np.float32).reshape(3, 4))
    bias = graph.constant("net/dense/bias", np.array([-9, 0, 9], np.float32))
    options = {"fused_activation_function": "RELU"}
    y = op(graph, "FULLY_CONNECTED", [x, weights, bias], (batch, 3), options=options)
    graph.inputs, graph.outputs = [x], [y]
    model.signatures["serve"] = Signature(graph, {"features": x}, {"scores": y})
    return model


def counting_loop() -> Model:
    """A WHILE that doubles its second argument until the first has counted to 5."""
    model = Model()
    main, cond, body = (model.add_subgraph(name) for name in ("main", "cond", "body"))
    for graph in (main, cond, body):
        graph.inputs = [tensor(graph, "i", (), "int32"), tensor(graph, "v", (2,))]
    five = cond.constant("five", np.int32(5))
    cond.outputs = [op(cond, "LESS", [cond.inputs[0], five], (), "bool")]
    one = body.constant("one", np.int32(1))
    i, v = body.inputs
    body.outputs = [
        op(body, "ADD", [i, one], (), "int32", options={}),
        op(body, "ADD", [v, v], (2,), options={}),
    ]
    main.outputs = [tensor(main, "last", (), "int32"), tensor(main, "doubled", (2,))]
    called = {"cond": cond, "body": body}
    main.ops = [Op("WHILE", list(main.inputs), list(main.outputs), {}, called)]
    return model


def everything() -> Model:
    """A model that fills every field of the schema; no runtime could make sense of it."""
    model = counting_loop()
    model.description = "all fields"
    main = model.main
    shared = Buffer(np.arange(12, dtype=np.uint8))
    a = tensor(main, "a", (2, 6), "int8", buffer=shared)
    tensor(main, "b", (12,), "int8", buffer=shared)
    a.quantization = Quantization.affine([0.5, 0.25], [0, 3], axis=0)
    a.quantization.minimum = np.array([-1, -2], np.float32)
    a.quantization.maximum = np.array([1, 2], np.float32)
    four = tensor(main, "four", (2, 4), "int4")
    four.data = np.array([[-8, 7, 1, 2], [3, 4, 5, -6]], np.int8)
    scales = main.constant("block scales", np.ones((2, 2), np.float16))
    four.quantization = Quantization(details=Blockwise(scales, None, 2, (1, 2)))
    tensor(main, "text", (2,), "string").data = np.array([b"one", b"three"], object)
    tensor(main, "state", (3,), is_variable=True, has_rank=True)
    tensor(main, "list", (), "variant", variants=(VariantSubtype((2,), "float32", True),))
    sparse = tensor(main, "sparse", (2, 2), buffer=Buffer(np.zeros(4, np.uint8)))
    row = SparseDimension(0, 2, None, None)
    column = SparseDimension(1, 0, np.array([0, 1, 1], np.uint8), np.array([1], np.uint8))
    sparse.sparsity = Sparsity((0, 1), (), (row, column))
    elsewhere = ExternalBuffer(7, 0, 64, 16, "plain")
    model.external_groups, model.external_buffers = ["weights.bin"], [elsewhere]
    outside = tensor(main, "outside", (4,), external=elsewhere)
    made = op(main, "Mystery", [a, None, four], (-1, 2), custom=True, version=3)
    main.ops[-1].custom_options = b"\x01\x02\x03"
    main.ops[-1].mutating_variable_inputs = [False, False, True]
    main.ops[-1].intermediates = [outside]
    main.ops[-1].debug_metadata_index = 4
    main.debug_metadata_index = 2
    main.outputs.append(made)
    body = model.subgraphs[2]
    model.signatures["first"] = Signature(main, {"count": main.inputs[0]}, {"made": made})
    model.signatures["second"] = Signature(body, {"b": body.inputs[1]}, {})
    oldest = np.frombuffer(b"1.15.0".ljust(16, b"\0"), np.uint8)
    model.metadata = [Metadata("min_runtime_version", Buffer(oldest))]
    model.metadata_buffers = [shared, None]
    return model


def run(content: bytes, *inputs: NDArray[Any]) -> list[NDArray[Any]]:
    """What LiteRT computes from `inputs`, given in the order of the model's own."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    for detail, values in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    details = interpreter.get_output_details()
    return [interpreter.get_tensor(detail["index"]) for detail in details]
