import numpy as np
import pytest

from tflitekit.child.brief import brief
from tflitekit.frontend.export import unsupported
from tflitekit.frontend.naming import (
    INPUT,
    OUTPUT,
    name_fused_layers,
    name_signature,
    restore_layer_names,
    shorten_names,
)
from tflitekit.graph.layers import layer_of
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor


def converted():
    """What the converter gives: sorted by placeholder, with tensors in another order."""
    graph = Subgraph("converter's")
    ins = [graph.add(Tensor(f"serving_default_{n}:0", (1,), "float32")) for n in range(2)]
    outs = [graph.add(Tensor(f"Call:{n}", (1,), "float32")) for n in range(2)]
    graph.ops = [Op("ADD", ins, [outs[0]]), Op("SUB", ins, [outs[1]])]
    graph.inputs, graph.outputs = ins[::-1], outs[::-1]
    signature = Signature(
        graph,
        {INPUT.format(1): ins[1], INPUT.format(0): ins[0]},
        {OUTPUT.format(1): outs[1], OUTPUT.format(0): outs[0]},
    )
    return Model([graph], {"serving_default": signature}), ins, outs


def test_names_and_order_are_the_authors():
    model, ins, outs = converted()
    name_signature(model, ["right", "le/ft"], ["z", "a:b"])
    signature = model.signatures["serving_default"]
    assert list(signature.inputs.items()) == [("right", ins[0]), ("le/ft", ins[1])]
    assert list(signature.outputs.items()) == [("z", outs[0]), ("a:b", outs[1])]
    assert model.main.inputs == ins
    assert model.main.outputs == outs
    assert [tensor.name for tensor in model.main.tensors] == ["right", "le/ft", "z", "a:b"]


@pytest.mark.parametrize(
    ("name", "restored"),
    [
        ("net_1/dense_1/MatMul", "net/dense/MatMul"),
        ("net_1/dense_3/Relu;net_1/dense_3/BiasAdd", "net/dense/Relu;net/dense/BiasAdd"),
        ("net_1/dense_1_1/MatMul_1", "net/dense_1/MatMul_1"),
        ("net_1/einsum_1/MatMul", "net/einsum_1/MatMul"),
        ("plain", "plain"),
        ("dense_1", "dense_1"),
    ],
)
def test_layer_names_are_restored(name, restored):
    model = Model([Subgraph(tensors=[Tensor(name, (1,), "float32")])])
    restore_layer_names(model, ("net", "dense", "dense_1"))
    assert model.main.tensors[0].name == restored


def test_a_name_tells_one_place_and_only_one_tensor_is_called_so():
    names = [
        "net/dense/MatMul",
        "net/dense/MatMul;net/dense/BiasAdd;net/dense/BiasAdd/ReadVariableOp",
        "net/dense/BiasAdd",
        "Call;net/act/Gelu/mul;;net/act/Gelu/Erf",
        "Call:0;Call:1",
        "net/dense/MatMul;net/dense/BiasAdd",
        "net/dense/MatMul;net/act/Relu",
        "a;b",
    ]
    model = Model([Subgraph(tensors=[Tensor(name, (1,), "float32") for name in names])])
    a, b = model.main.tensors[0], model.main.tensors[-1]
    model.signatures = {"serving_default": Signature(model.main, {"a": a}, {"b": b})}
    shorten_names(model)
    assert [tensor.name for tensor in model.main.tensors] == [
        "net/dense/MatMul",
        "net/dense/BiasAdd/ReadVariableOp",
        "net/dense/BiasAdd",
        "net/act/Gelu/mul",
        "Call:0",
        "net/dense/MatMul;net/dense/BiasAdd",
        "net/dense/MatMul;net/act/Relu",
        "a;b",
    ]
    layers = [layer_of(tensor.name) for tensor in model.main.tensors]
    assert layers == [layer_of(name) for name in names]


def test_a_fused_layer_is_named_by_its_weights():
    graph = Subgraph()
    x, y = (graph.add(Tensor(name, (1,), "float32")) for name in ("x", "tfl.custom1"))
    named = graph.add(Tensor("chosen", (1,), "float32"))
    weights = graph.constant("net_1/lstm_1/ReadVariableOp", np.ones(1, np.float32))
    zeros = graph.constant("arith.constant", np.zeros(1, np.float32))
    graph.ops = [
        Op("tflitekit.lstm", [x, zeros, weights], [y, named], custom=True),
        Op("ABS", [y], [graph.add(Tensor("tfl.custom", (1,), "float32"))]),
    ]
    name_fused_layers(Model([graph]))
    names = [tensor.name for op in graph.ops for tensor in op.outputs]
    assert names == ["net_1/lstm_1/lstm", "chosen", "tfl.custom"]


def test_a_restored_name_tells_its_layer():
    model = Model([Subgraph(tensors=[Tensor("net_1/dense_1/MatMul", (1,), "float32")])])
    restore_layer_names(model, ("net", "dense"))
    assert layer_of(model.main.tensors[0].name) == "dense"


REPORT = """Could not translate MLIR to FlatBuffer. <unknown>:0: error: loc(callsite(callsite(fused
["Asinh:", "net_1/odd_1/Asinh@__inference_serve_57"] at fused["StatefulPartitionedCall:",
"StatefulPartitionedCall@__inference_signature_wrapper_66"]))): 'tf.Asinh' op is neither a custom
<unknown>:0: error: failed while converting: 'main':
Some ops are not supported by the native TFLite runtime, you can enable TF kernels fallback
TF Select ops: Asinh, Erf
Details:
"""


def test_the_converters_report_becomes_one_line():
    error = unsupported(REPORT, "m.keras", ["net", "odd"])
    assert error.what == "TensorFlow Lite has no op for Asinh, Erf, used in odd"
    assert "Something" in unsupported("Something else.\nMore", "m").what


def test_brief():
    assert brief(ValueError("\n  First. Second\nThird")) == "First"
    assert brief(ValueError()) == "ValueError"
    assert len(brief("x" * 1000)) < 300
