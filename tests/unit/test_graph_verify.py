"""What a valid graph is."""

import numpy as np
import pytest

from tests.fakes.graphs import counting_loop, dense, everything, op, tensor
from tflitekit.errors import ModelError
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.storage import Buffer
from tflitekit.graph.verify import verify


@pytest.mark.parametrize("build", [dense, counting_loop])
def test_valid_graphs_pass(build) -> None:
    verify(build())


def wrong_signature_input(model: Model) -> None:
    model.signatures["serve"].inputs["features"] = model.main.tensors[1]


def foreign_signature(model: Model) -> None:
    model.signatures["other"] = Signature(Subgraph(), {}, {})


def unsort(model: Model) -> None:
    op(model.main, "ABS", [model.main.outputs[0]], (1, 3))
    model.main.ops.reverse()


def second_producer(model: Model) -> None:
    model.main.ops.append(Op("ABS", [model.main.inputs[0]], [model.main.outputs[0]]))


def computed_constant(model: Model) -> None:
    model.main.ops.append(Op("ABS", [model.main.inputs[0]], [model.main.tensors[1]]))


def foreign_subgraph(model: Model) -> None:
    model.main.ops[0].subgraphs = {"body": Subgraph()}


BREAKS = {
    "reads FULLY_CONNECTED_0 before it is computed": unsort,
    "computes FULLY_CONNECTED_0, which has a value already": second_producer,
    "computes net/dense/MatMul, which has a value already": computed_constant,
    "tensor stranger is not listed": lambda m: m.main.ops[0].inputs.append(
        Tensor("stranger", (), "int8")
    ),
    "no op computes its output FULLY_CONNECTED_0": lambda m: m.main.ops.clear(),
    "lists a tensor twice": lambda m: m.main.tensors.append(m.main.tensors[0]),
    "tensor x has a negative size": lambda m: setattr(m.main.inputs[0], "shape", (-1, 4)),
    "tensor x has two ranks": lambda m: setattr(m.main.inputs[0], "shape_signature", (1,)),
    "unknown type float7": lambda m: setattr(m.main.inputs[0], "dtype", "float7"),
    "needs 48 bytes and has 1": lambda m: setattr(
        m.main.tensors[1], "buffer", Buffer(np.zeros(1, np.uint8))
    ),
    "NO_SUCH_OP is not a builtin operator": lambda m: setattr(m.main.ops[0], "name", "NO_SUCH_OP"),
    "the body of op 0 FULLY_CONNECTED is not in the model": foreign_subgraph,
    "belongs to another subgraph": lambda m: Subgraph().add(m.main.tensors[1]),
    "belongs to another model": lambda m: Model([m.main]),
    "no subgraph": lambda m: m.subgraphs.clear(),
    "input features of signature serve": wrong_signature_input,
    "subgraph of signature other": foreign_signature,
}


@pytest.mark.parametrize("message", BREAKS)
def test_each_break_is_named(message: str) -> None:
    model = dense()
    BREAKS[message](model)
    with pytest.raises(ModelError, match=message):
        verify(model)


def test_scales_must_be_listed() -> None:
    model = everything()
    scales = next(one for one in model.main.tensors if one.name == "block scales")
    model.main.tensors.remove(scales)
    with pytest.raises(ModelError, match="scales of four"):
        verify(model)


def test_variables_and_empty_tensors_need_no_producer() -> None:
    model = dense()
    state = tensor(model.main, "state", (3,), is_variable=True)
    empty = tensor(model.main, "empty", (0,))
    op(model.main, "CONCATENATION", [state, empty], (3,))
    verify(model)
