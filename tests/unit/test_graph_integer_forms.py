"""Ops that become others with an int8 kernel: each pass fires, leaves others alone, and settles."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.fakes.graphs import op, run, tensor
from tflitekit.graph import Model, run_passes, write_model
from tflitekit.graph.passes import INTEGER_FORMS, multiply_for_quotients, remove_dead_code
from tflitekit.graph.verify import verify

X = np.array([[0.5, 1.0, 2.0], [3.0, 0.25, 4.0]], np.float32)


def names(model: Model) -> list[str]:
    return [one.name for one in model.main.ops]


def applied(name: str, *constants, shape=X.shape, dtype="float32", options=None) -> Model:
    """One op of x and constants; a None among them stands for x again."""
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", X.shape, "bool" if name == "CAST" else dtype)
    others = [x if one is None else graph.constant("c", np.asarray(one)) for one in constants]
    graph.inputs = [x]
    graph.outputs = [op(graph, name, [x, *others], shape, dtype, options=options)]
    return model


def f32(*values) -> np.ndarray:
    return np.array(values, np.float32)


CAST = {"in_data_type": "bool", "out_data_type": "float32"}
FIRES = [
    (applied("NEG", options={}), ["MUL"]),
    (applied("SQUARE", options={}), ["MUL"]),
    (applied("POW", np.float32(2), options={}), ["MUL"]),
    (applied("POW", np.float32(3), options={}), ["MUL", "MUL"]),
    (applied("POW", f32(4, 4, 4), options={}), ["MUL", "MUL"]),
    (applied("POW", np.float32(0.5), options={}), ["SQRT"]),
    (applied("POW", np.float32(-0.5), options={}), ["RSQRT"]),
    (applied("DIV", f32(2, 3, -4), options={}), ["MUL"]),
    (applied("ADD_N", None, None, options={}), ["ADD", "ADD"]),
    (applied("CAST", options=CAST), ["SELECT_V2"]),
    (applied("ZEROS_LIKE", options={}), ["MUL"]),
    (applied("MATRIX_DIAG", shape=(2, 3, 3), options={}), ["RESHAPE", "MUL"]),
    (
        applied("CUMSUM", np.int32(1), options={"exclusive": False, "reverse": True}),
        ["TRANSPOSE", "RESHAPE", "BATCH_MATMUL", "RESHAPE", "TRANSPOSE"],
    ),
    (
        applied("SEGMENT_SUM", np.array([0, 0], np.int32), shape=(1, 3), options={}),
        ["RESHAPE", "TRANSPOSE", "BATCH_MATMUL", "TRANSPOSE", "RESHAPE"],
    ),
]


@pytest.mark.parametrize(("model", "expected"), FIRES, ids=lambda one: str(one)[:40])
def test_an_op_becomes_others_that_compute_the_same(model: Model, expected: list[str]) -> None:
    x = X > 1 if model.main.inputs[0].dtype == "bool" else X
    before, output = run(write_model(model), x)[0], model.main.outputs[0]
    run_passes(model, INTEGER_FORMS)
    assert names(model) == expected
    assert model.main.outputs == [output]
    assert_allclose(run(write_model(model), x)[0], before, rtol=1e-6)
    assert set(run_passes(model, INTEGER_FORMS).values()) == {0}


def scatter(places, shape) -> Model:
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", X.shape)
    indices, sizes = (
        graph.constant(n, np.array(v, np.int32)) for n, v in (("i", places), ("s", shape))
    )
    graph.inputs = [x]
    graph.outputs = [op(graph, "SCATTER_ND", [indices, x, sizes], tuple(shape), options={})]
    return model


@pytest.mark.parametrize(
    ("places", "shape"),
    [
        ([[3], [1]], (4, 3)),
        ([[1], [1]], (2, 3)),
        ([[1, 0], [0, 1]], (2, 2, 3)),
        ([[[0, 0], [0, 2], [1, 1]], [[1, 2], [1, 0], [0, 1]]], (2, 3)),
    ],
)
def test_elements_come_to_their_places(places, shape) -> None:
    model = scatter(places, shape)
    (before,) = run(write_model(model), X)
    run_passes(model, INTEGER_FORMS)
    assert names(model).count("BATCH_MATMUL") == 1
    assert "SCATTER_ND" not in names(model)
    assert_allclose(run(write_model(model), X)[0], before, rtol=1e-6)


def root_quotient() -> Model:
    """x / sqrt(v), as normalizations without a fused kernel write it."""
    model = Model()
    graph = model.add_subgraph()
    x, v = tensor(graph, "x", X.shape), tensor(graph, "v", (2, 1))
    root = op(graph, "SQRT", [v], (2, 1))
    graph.inputs, graph.outputs = [x, v], [op(graph, "DIV", [x, root], X.shape, options={})]
    return model


def test_a_quotient_by_a_root_multiplies_with_the_inverse_root() -> None:
    model, v = root_quotient(), f32([2], [3])
    (before,) = run(write_model(model), X, v)
    run_passes(model, (multiply_for_quotients, remove_dead_code))
    assert names(model) == ["RSQRT", "MUL"]
    assert_allclose(run(write_model(model), X, v)[0], before, rtol=1e-6)


def test_a_root_that_others_read_stays_for_them() -> None:
    model = root_quotient()
    model.main.outputs.append(model.main.ops[0].outputs[0])
    run_passes(model, (multiply_for_quotients, remove_dead_code))
    assert names(model) == ["SQRT", "RSQRT", "MUL"]


def computed_operand(name: str) -> Model:
    model = Model()
    graph = model.add_subgraph()
    x, other = tensor(graph, "x", X.shape), tensor(graph, "other", X.shape)
    graph.inputs = [x, other]
    graph.outputs = [op(graph, name, [x, other], X.shape, options={})]
    return model


def computed_places() -> Model:
    model = scatter([[0], [1]], (2, 3))
    places = model.main.ops[0].inputs[0]
    places.buffer = None
    model.main.inputs.append(places)
    return model


STAYS = [
    computed_operand("POW"),
    computed_operand("DIV"),
    computed_places(),
    applied("POW", np.float32(1.7), options={}),
    applied("POW", f32(2, 2, 3), options={}),
    applied("POW", np.full((4, 2, 3), 2, np.float32), shape=(4, 2, 3), options={}),
    applied("DIV", f32(1, 0, 1), options={}),
    applied("DIV", f32(1, 3e38, 1), options={}),
    applied("NEG", dtype="int32", options={}),
    applied("ADD_N", None, dtype="int32", options={}),
    scatter([[0], [5]], (4, 3)),
]


@pytest.mark.parametrize("model", STAYS, ids=lambda model: names(model)[0])
def test_what_has_no_exact_form_stays(model: Model) -> None:
    before = names(model)
    assert set(run_passes(model, INTEGER_FORMS).values()) == {0}
    assert names(model) == before
    verify(model)


def test_a_large_matrix_is_not_brought_in() -> None:
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (1, 2000))
    axis = graph.constant("axis", np.int32(1))
    graph.inputs, graph.outputs = [x], [op(graph, "CUMSUM", [x, axis], (1, 2000), options={})]
    assert set(run_passes(model, INTEGER_FORMS).values()) == {0}


def test_a_fused_activation_is_kept() -> None:
    model = applied("DIV", f32(2, 2, 2), options={"fused_activation_function": "RELU"})
    run_passes(model, INTEGER_FORMS)
    assert model.main.ops[0].options == {"fused_activation_function": "RELU"}
    assert_allclose(run(write_model(model), -X)[0], np.zeros_like(X))
