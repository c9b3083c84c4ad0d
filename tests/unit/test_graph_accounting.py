"""Multiply-accumulates and bytes, counted by hand."""

import numpy as np
import pytest

from tests.fakes.graphs import counting_loop, dense, op, tensor
from tflitekit.errors import ModelError
from tflitekit.graph import Model
from tflitekit.graph.accounting import bytes_moved, macs, op_bytes_moved, op_macs, weight_bytes
from tflitekit.graph.model import Op, Subgraph, Tensor


def one(name: str, shapes: list[tuple[int, ...] | None], out: tuple[int, ...], **options) -> Op:
    graph = Subgraph()
    inputs = [None if shape is None else tensor(graph, "t", shape, "int8") for shape in shapes]
    op(graph, name, inputs, out, "int8", options=options)
    return graph.ops[0]


LSTM = [(2, 5, 3), *([(4, 3)] * 4), *([(4, 4)] * 4), *([None] * 3), *([(4,)] * 4)]

MACS = [
    ("CONV_2D", [(1, 8, 8, 3), (16, 3, 3, 3), (16,)], (1, 6, 6, 16), 6 * 6 * 16 * 27, {}),
    ("CONV_2D", [(1, 8, 8, 4), (6, 1, 1, 2)], (1, 8, 8, 6), 8 * 8 * 6 * 2, {}),
    ("DEPTHWISE_CONV_2D", [(1, 8, 8, 4), (1, 3, 3, 8)], (1, 6, 6, 8), 6 * 6 * 8 * 9, {}),
    ("TRANSPOSE_CONV", [(4,), (5, 2, 2, 3), (1, 4, 4, 3)], (1, 8, 8, 5), 4 * 4 * 3 * 4 * 5, {}),
    ("FULLY_CONNECTED", [(2, 7), (3, 7)], (2, 3), 42, {}),
    ("BATCH_MATMUL", [(2, 4, 5), (2, 5, 6)], (2, 4, 6), 2 * 4 * 6 * 5, {"adj_x": False}),
    ("BATCH_MATMUL", [(2, 5, 4), (2, 5, 6)], (2, 4, 6), 2 * 4 * 6 * 5, {"adj_x": True}),
    ("CONV_3D", [(1, 4, 4, 4, 2), (2, 3, 3, 2, 5)], (1, 3, 2, 2, 5), 60 * 36, {}),
    ("CONV_3D_TRANSPOSE", [(5,), (2, 2, 2, 3, 4), (1, 2, 2, 2, 4)], (1, 4, 4, 4, 3), 32 * 24, {}),
    ("UNIDIRECTIONAL_SEQUENCE_LSTM", LSTM, (2, 5, 4), 10 * (4 * 12 + 4 * 16), {}),
    ("LSTM", [(2, 3), (2, 4), (16, 7), (16,), (2, 4)], (2, 4), 2 * 16 * 7, {}),
    ("UNIDIRECTIONAL_SEQUENCE_RNN", [(2, 5, 3), (4, 3), (4, 4), (4,)], (2, 5, 4), 10 * 28, {}),
    ("SVDF", [(2, 6), (8, 6), (8, 10)], (2, 4), 2 * (48 + 80), {}),
    (
        "STABLEHLO_DOT_GENERAL",
        [(4, 5), (5, 6)],
        (4, 6),
        4 * 6 * 5,
        {"lhs_contracting_dimensions": [1]},
    ),
    ("ADD", [(100,), (100,)], (100,), 0, {}),
]


@pytest.mark.parametrize(("name", "shapes", "out", "expected", "options"), MACS)
def test_macs_of_an_op(name, shapes, out, expected: int, options) -> None:
    assert op_macs(one(name, shapes, out, **options)) == expected


DENSE = [(2, 5, 3), (2, 4)]
WEIGHTS = {"lstm": 4, "gru": 3, "simple_rnn": 1}


@pytest.mark.parametrize(("name", "gates"), WEIGHTS.items())
def test_macs_of_a_recurrent_layer(name: str, gates: int) -> None:
    layer = one(f"tflitekit.{name}", DENSE, (2, 5, 4))
    layer.custom = True
    assert op_macs(layer) == 10 * gates * 4 * (3 + 4)


def test_macs_of_a_convolutional_recurrent_layer_in_float_and_in_int8() -> None:
    state, kernel = (1, 8, 8, 2), (3, 3, 5, 8)
    shapes = [(1, 4, 8, 8, 5), state, state, kernel, (3, 3, 2, 8), (8,), (12,)]
    layer = one("tflitekit.conv_lstm", shapes, (1, 4, 8, 8, 2))
    layer.custom = True
    expected = 4 * 64 * 9 * (5 + 2) * 8
    assert op_macs(layer) == expected
    header = np.asarray([5, 2, 1, 3, 3], np.int32).view(np.int8)
    block = layer.outputs[0].subgraph.constant("block", header)
    layer.inputs[3:] = [block]
    assert op_macs(layer) == expected


def ours(name: str, *sizes: int) -> Op:
    """An integer op of ours whose parameters begin with these sizes."""
    found = one(f"tflitekit.{name}", [(64,), (64,), (4 * len(sizes),)], (64,))
    found.custom = True
    header = np.asarray(sizes, np.int32).view(np.int8)
    found.inputs[-1] = found.outputs[0].subgraph.constant("block", header)
    return found


def test_macs_of_our_matrix_products_and_attention() -> None:
    assert op_macs(ours("batch_matmul", 3, 4, 5, 6)) == 3 * 4 * 5 * 6
    heads, queries, keys, depth, columns = 2, 7, 9, 4, 5
    expected = heads * queries * depth * keys + heads * queries * keys * columns
    assert op_macs(ours("attention", heads, queries, keys, depth, columns)) == expected


def test_parameters_that_are_none_are_told() -> None:
    of_floats = ours("attention", 2, 7, 9, 4, 5)
    graph = of_floats.outputs[0].subgraph
    of_floats.inputs[-1] = graph.constant("floats", np.ones(64, np.float32))
    for broken in (ours("attention", 2, 7), of_floats):
        with pytest.raises(ModelError, match=r"tflitekit\.attention lacks an operand"):
            op_macs(broken)


BYTES = [
    ("ADD", [(4,), (4,)], (4,), 12),
    ("MUL", [(4,), (1,)], (4,), 9),
    ("RESHAPE", [(4,), (2,)], (2, 2), 0),
    ("GATHER", [(1000, 8), (3,)], (3, 8), 24 + 3 + 24),
    ("EMBEDDING_LOOKUP", [(3,), (1000, 8)], (3, 8), 3 + 24 + 24),
    ("SLICE", [(100,), (1,), (1,)], (10,), 10 + 2 + 10),
    ("SHAPE", [(100, 100)], (2,), 2),
    ("TRANSPOSE", [(10, 10), (2,)], (10, 10), 202),
]


@pytest.mark.parametrize(("name", "shapes", "out", "expected"), BYTES)
def test_bytes_of_an_op(name, shapes, out, expected: int) -> None:
    assert op_bytes_moved(one(name, shapes, out)) == expected


def test_a_whole_model() -> None:
    model = dense(batch=2)
    assert macs(model) == 2 * 3 * 4
    assert bytes_moved(model) == 4 * (8 + 12 + 3 + 6)
    assert weight_bytes(model) == 4 * (12 + 3)


def convolutional(dtype: str) -> Model:
    """A picture through a convolution, a pool, a view and a dense layer."""
    model = Model()
    graph = model.add_subgraph("main")
    image = tensor(graph, "image", (1, 8, 8, 3), dtype)
    bias = "float32" if dtype == "float32" else "int32"
    kernel = tensor(graph, "kernel", (16, 3, 3, 3), dtype)
    y = op(graph, "CONV_2D", [image, kernel, tensor(graph, "b", (16,), bias)], (1, 6, 6, 16), dtype)
    y = op(graph, "MAX_POOL_2D", [y], (1, 3, 3, 16), dtype)
    y = op(graph, "RESHAPE", [y, tensor(graph, "to", (2,), "int32")], (1, 144), dtype)
    weights = tensor(graph, "weights", (10, 144), dtype)
    op(graph, "FULLY_CONNECTED", [y, weights, tensor(graph, "c", (10,), bias)], (1, 10), dtype)
    return model


def attention(dtype: str) -> Model:
    """Words out of a table of 1000, and how each of 4 looks at the others."""
    model = Model()
    graph = model.add_subgraph("main")
    words = tensor(graph, "words", (1, 4), "int32")
    table = tensor(graph, "table", (1000, 8), dtype)
    rows = op(graph, "GATHER", [table, words], (1, 4, 8), dtype)
    scores = op(graph, "BATCH_MATMUL", [rows, rows], (1, 4, 4), dtype, options={"adj_y": True})
    weights = op(graph, "SOFTMAX", [scores], (1, 4, 4), dtype)
    op(graph, "BATCH_MATMUL", [weights, rows], (1, 4, 8), dtype)
    return model


def residual(dtype: str) -> Model:
    """Two paths of 25 values that meet."""
    model = Model()
    graph = model.add_subgraph("main")
    x = tensor(graph, "x", (5, 5), dtype)
    y = op(graph, "LOGISTIC", [x], (5, 5), dtype)
    op(graph, "ADD", [x, y], (5, 5), dtype)
    return model


# Elements by hand: operands, then what is written, op by op.
CONVOLUTION = (192 + 432 + 576) + (576 + 144) + 0 + (144 + 1440 + 10)
BIASES = 4 * (16 + 10)
ATTENTION = (32 + 32) + (32 + 32 + 16) + (16 + 16) + (16 + 32 + 32)
INDICES = 4 * 4
RESIDUAL = (25 + 25) + (25 + 25 + 25)


@pytest.mark.parametrize(
    ("make", "elements", "fixed"),
    [
        (convolutional, CONVOLUTION, BIASES),
        (attention, ATTENTION, INDICES),
        (residual, RESIDUAL, 0),
    ],
)
@pytest.mark.parametrize(("dtype", "size"), [("int8", 1), ("float32", 4)])
def test_three_models_counted_by_hand(make, elements, fixed, dtype, size) -> None:
    assert bytes_moved(make(dtype)) == size * elements + fixed


def test_a_shared_constant_weighs_once() -> None:
    model = dense()
    tensor(model.main, "same", (3, 4), buffer=model.main.tensors[1].buffer)
    assert weight_bytes(model) == 60


def test_a_loop_counts_its_parts_once() -> None:
    model = counting_loop()
    less, add_one, double = (4 + 4 + 1), (4 + 4 + 4), (8 + 8 + 8)
    assert bytes_moved(model) == less + add_one + double
    model.main.ops *= 2
    assert bytes_moved(model) == less + add_one + double


def test_what_runs_once_before_the_first_call_is_left_out() -> None:
    model = counting_loop()
    init = model.add_subgraph("init")
    op(init, "ADD", [tensor(init, "big", (1000,))] * 2, (1000,))
    before = bytes_moved(model)
    model.main.ops.append(Op("CALL_ONCE", [], [], {}, {"init": init}))
    assert bytes_moved(model) == before


def test_our_embedding_reads_the_rows_that_it_picks() -> None:
    gather = one("tflitekit.embedding", [(1000, 8), (3,), (4,)], (3, 8))
    gather.custom = True
    assert op_bytes_moved(gather) == 24 + 3 + 4 + 24


def test_custom_ops_move_bytes_and_count_no_macs() -> None:
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (8,), "int8")
    op(graph, "MyOp", [x, None], (4,), "int8", custom=True)
    assert (macs(model), bytes_moved(model)) == (0, 12)


def test_an_op_without_its_operands_is_a_bad_model() -> None:
    for broken in (
        Op("CONV_2D", [], [Tensor("y", (1,), "float32")]),
        Op("FULLY_CONNECTED", [Tensor("x", (1,), "int8"), None], [Tensor("y", (1,), "int8")]),
        Op("BATCH_MATMUL", [Tensor("x", (), "int8")], [Tensor("y", (), "int8")], {}),
        Op("STABLEHLO_DOT_GENERAL", [Tensor("x", (), "int8")], [Tensor("y", (), "int8")], None),
    ):
        with pytest.raises(ModelError, match=broken.name):
            op_macs(broken)


def test_packed_weights_count_their_real_bytes() -> None:
    graph = Subgraph()
    graph.constant("w", np.zeros((3, 3), np.int8), "int4")
    assert weight_bytes(Model([graph])) == 5


def test_what_is_widened_at_load_moves_nothing() -> None:
    graph = Subgraph()
    narrow = graph.constant("narrow", np.zeros((4, 4), np.float16))
    op(graph, "DEQUANTIZE", [narrow], (4, 4))
    assert op_bytes_moved(graph.ops[0]) == 0
    narrow.buffer = None
    assert op_bytes_moved(graph.ops[0]) == 32 + 64
