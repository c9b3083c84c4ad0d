"""What breaks the promise of a fully integer model, and how it is told."""

import pytest

from tests.fakes.graphs import dense, op, tensor
from tflitekit.errors import ConversionError
from tflitekit.graph import Model
from tflitekit.graph.advice import _ADVICE
from tflitekit.graph.layers import layer_of
from tflitekit.graph.ops import OPS
from tflitekit.graph.strict import check_strict, float_tensors, fully_integer


def quantized(*, float_io: bool, hole: str | None = None, extra_reader: bool = False) -> Model:
    """ADD in int8, with a float face or not, and with a float op in the middle or not."""
    model = Model()
    graph = model.add_subgraph()
    x = y = tensor(graph, "input", (4,), "float32" if float_io else "int8")
    if float_io:
        y = op(graph, "QUANTIZE", [y], (4,), "int8")
    y = op(graph, "ADD", [y, y], (4,), "int8")
    if hole:
        wide = op(graph, "DEQUANTIZE", [y], (4,))
        wide = op(graph, hole, [wide], (4,))
        graph.tensors[-1].name = "net/encoder/norm_1/Neg;net/other/x"
        y = op(graph, "QUANTIZE", [wide], (4,), "int8")
    if float_io:
        y = op(graph, "DEQUANTIZE", [y], (4,))
    if extra_reader:
        op(graph, "ABS", [x], (4,), x.dtype)
    graph.inputs, graph.outputs = [x], [y]
    return model


def test_an_integer_model_passes() -> None:
    model = quantized(float_io=False)
    assert float_tensors(model) == []
    assert fully_integer(model)
    assert check_strict(model) == []


def test_the_float_face_is_told_apart() -> None:
    model = quantized(float_io=True)
    assert [found.boundary for found in float_tensors(model)] == [True, True]
    assert fully_integer(model)
    assert check_strict(model, float_io=True) == []
    with pytest.raises(ConversionError, match="2 float tensors are left"):
        check_strict(model)


def test_a_float_input_that_another_op_reads_is_a_hole() -> None:
    model = quantized(float_io=True, extra_reader=True)
    assert [found.boundary for found in float_tensors(model)] == [False, True, False]
    assert not fully_integer(model)


def test_a_hole_names_op_tensor_layer_and_way_out() -> None:
    model = quantized(float_io=True, hole="NEG")
    with pytest.raises(ConversionError) as caught:
        check_strict(model, float_io=True)
    assert caught.value.exit_code == 4
    assert caught.value.what == (
        "2 float tensors are left: op 3 NEG (tensor 'DEQUANTIZE_2', layer 'encoder/norm_1') "
        "has no right int8 kernel in LiteRT, but one of ours: use --engine tflitekit, and not "
        "--kernels never"
    )
    assert "--allow-float" in caught.value.hint


def test_the_computing_op_is_blamed_and_not_the_conversion() -> None:
    holes = float_tensors(quantized(float_io=True, hole="NEG"))[1:3]
    assert [(hole.op, hole.op_index, hole.boundary) for hole in holes] == [("NEG", 3, False)] * 2


def test_allow_float_gives_the_holes() -> None:
    holes = check_strict(quantized(float_io=False, hole="SIN"), allow_float=True)
    assert [hole.op for hole in holes] == ["SIN", "SIN"]


def test_only_the_first_ops_are_shown_and_all_are_counted() -> None:
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (1,))
    graph.inputs = [x]
    for _ in range(6):
        x = op(graph, "COS", [x], (1,))
    with pytest.raises(ConversionError, match=r"7 float tensors.*op 2 COS.*and 3 more such ops"):
        check_strict(model)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "complex64"])
def test_every_kind_of_float_counts(dtype: str) -> None:
    model = quantized(float_io=False)
    model.main.constant("scale", [1], dtype) if dtype != "complex64" else tensor(
        model.main, "spectrum", (1,), dtype
    )
    (found,) = float_tensors(model)
    assert (found.op, found.dtype) == (None, dtype)
    assert not fully_integer(model)


def test_constants_of_a_float_op_count() -> None:
    assert len(float_tensors(dense())) == 4


def test_a_loop_body_has_no_boundary() -> None:
    model = quantized(float_io=False)
    body = quantized(float_io=True).main
    model.subgraphs.append(body)
    assert [(found.subgraph, found.boundary) for found in float_tensors(model)] == [(1, False)] * 2


def test_advice_is_about_ops_that_exist() -> None:
    assert set(_ADVICE) <= set(OPS)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("sequential/dense_1/MatMul;sequential/dense_1/BiasAdd", "dense_1"),
        ("functional_1/encoder/query/einsum/Einsum", "encoder/query"),
        ("StatefulPartitionedCall/model/conv2d/Conv2D", "conv2d"),
        ("StatefulPartitionedCall_1:0/model/conv2d/Conv2D", "conv2d"),
        ("functional_1/dense_2/Tensordot/MatMul", "dense_2"),
        ("net/norm/moments_2/mean", "norm"),
        ("lstm/while/body/add", "lstm"),
        ("dense/MatMul", "dense"),
        ("arith.constant;model/dense/Relu", "dense"),
        ("serving_default_x:0", None),
        ("StatefulPartitionedCall:0", None),
        ("tfl.pseudo_qconst", None),
        ("", None),
    ],
)
def test_the_layer_in_a_tensor_name(name: str, layer: str | None) -> None:
    assert layer_of(name) == layer
