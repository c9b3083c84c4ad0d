"""The passes: each fires, leaves alone what it must, and does nothing to its own result."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.fakes.graphs import counting_loop, dense, everything, op, run, tensor
from tflitekit.errors import ModelError, ToolkitError, UsageError
from tflitekit.graph import Model, read_model, run_passes, write_model
from tflitekit.graph.model import Op
from tflitekit.graph.passes import (
    PASSES,
    fix_inputs,
    fold_constants,
    propagate_shapes,
    remove_dead_code,
    share_equal_constants,
)
from tflitekit.graph.passes.constant_folding import MAX_GROWTH
from tflitekit.graph.quantization import Blockwise, Quantization


def names(model: Model) -> list[str]:
    return [op.name for op in model.main.ops]


def dynamic_flatten() -> Model:
    """[?, 2, 3] to [?, 6] as TensorFlow writes it: SHAPE, STRIDED_SLICE, PACK, RESHAPE."""
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (-1, 2, 3))
    begin, end, step, six = (graph.constant(n, np.array(v, np.int32)) for n, v in _SLICE.items())
    shape = op(graph, "SHAPE", [x], (3,), "int32", options={"out_type": "int32"})
    options = {"shrink_axis_mask": 1}
    batch = op(graph, "STRIDED_SLICE", [shape, begin, end, step], (), "int32", options=options)
    target = op(graph, "PACK", [batch, six], (2,), "int32", options={"values_count": 2})
    flat = op(graph, "RESHAPE", [x, target], (-1, 6))
    graph.inputs, graph.outputs = [x], [op(graph, "ABS", [flat], (-1, 6))]
    return model


_SLICE = {"begin": [0], "end": [1], "step": [1], "six": 6}


@pytest.mark.parametrize("batch", [1, 4])
def test_shape_arithmetic_folds_away(batch: int) -> None:
    model = dynamic_flatten()
    assert fix_inputs(model, batch=batch) == 1
    changes = run_passes(model, PASSES)
    assert names(model) == ["RESHAPE", "ABS"]
    assert model.main.outputs[0].dynamic_shape == (batch, 6)
    assert changes["fold_constants"] == 3
    assert changes["remove_dead_code"] >= 3
    x = np.arange(batch * 6, dtype=np.float32).reshape(batch, 2, 3)
    assert_array_equal(run(write_model(model), x)[0], x.reshape(batch, 6))
    assert set(run_passes(model, PASSES).values()) == {0}


def test_equal_constants_are_kept_once() -> None:
    model = Model()
    graph = model.add_subgraph()
    long = np.arange(1000, dtype=np.float32)
    a, b = graph.constant("a", long), graph.constant("b", long)
    other, shorter = graph.constant("other", long + (long == 999)), graph.constant("s", long[:500])
    same_bytes = graph.constant("bytes", long.view(np.int32))
    inner = model.add_subgraph().constant("inner", long)
    variable = graph.constant("state", long)
    variable.is_variable = True
    assert share_equal_constants(model) == 3
    assert a.buffer is b.buffer is same_bytes.buffer is inner.buffer
    assert len({id(one.buffer) for one in (a, other, shorter, variable)}) == 4
    assert_array_equal(other.data[-2:], [998, 1000])
    assert share_equal_constants(model) == 0


def test_a_slice_of_constants_folds_away() -> None:
    """The runtime holds a SLICE of constant corners to the shape that it declares."""
    model = Model()
    graph = model.add_subgraph()
    whole = graph.constant("whole", np.arange(12, dtype=np.float32).reshape(3, 4))
    corners = [graph.constant(name, np.array(one, np.int32)) for name, one in _CORNERS.items()]
    part = op(graph, "SLICE", [whole, *corners], (2, 3))
    x = tensor(graph, "x", (2, 3))
    graph.inputs = [x]
    graph.outputs = [op(graph, "ADD", [x, part], (2, 3), options={})]
    assert fold_constants(model) == 1
    assert part.data.tolist() == [[5, 6, 7], [9, 10, 11]]


_CORNERS = {"begin": [1, 1], "size": [2, 3]}


def test_open_shapes_stay_where_nothing_fixes_them() -> None:
    model = dynamic_flatten()
    run_passes(model, PASSES)
    assert names(model) == ["SHAPE", "STRIDED_SLICE", "PACK", "RESHAPE", "ABS"]
    assert model.main.outputs[0].dynamic_shape == (-1, 6)


def test_a_shape_that_depends_on_data_stays_open() -> None:
    model = Model()
    graph = model.add_subgraph()
    mask = tensor(graph, "mask", (5,), "bool")
    graph.inputs, graph.outputs = [mask], [op(graph, "WHERE", [mask], (-1, 1), "int64")]
    assert propagate_shapes(model) == 0
    assert graph.outputs[0].dynamic_shape == (-1, 1)


def test_a_reshape_to_a_computed_target_stays_open() -> None:
    model = Model()
    graph = model.add_subgraph()
    x, target = tensor(graph, "x", (2, 3)), tensor(graph, "target", (2,), "int32")
    graph.inputs, graph.outputs = [x, target], [op(graph, "RESHAPE", [x, target], (-1, -1))]
    assert propagate_shapes(model) == 0


def test_sizes_that_do_not_fit_name_the_op() -> None:
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (-1, 4))
    target = graph.constant("target", np.array([32, -1], np.int32))
    graph.inputs, graph.outputs = [x], [op(graph, "RESHAPE", [x, target], (-1, -1))]
    fix_inputs(model, batch=3)
    with pytest.raises(ModelError, match=r"op 0 RESHAPE \(RESHAPE_0\).*\[3, 4\]"):
        propagate_shapes(model)


def test_custom_ops_are_left_and_stop_the_shapes() -> None:
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (-1, 4))
    first = op(graph, "ABS", [x], (-1, 4))
    custom = op(graph, "Mine", [first], (-1, 4), custom=True)
    graph.inputs, graph.outputs = [x], [op(graph, "ABS", [custom], (-1, 4))]
    fix_inputs(model)
    assert propagate_shapes(model) == 1
    assert (first.is_static, custom.is_static) == (True, False)


def test_shapes_reach_the_body_of_a_loop() -> None:
    model = counting_loop()
    for graph in model.subgraphs:
        for one in graph.tensors:
            if one.shape == (2,):
                one.shape, one.shape_signature = (1,), (-1,)
    fix_inputs(model, {"v": (3,)})
    run_passes(model, PASSES)
    body = model.subgraphs[2]
    assert [one.dynamic_shape for one in body.outputs] == [(), (3,)]
    _, doubled = run(write_model(model), np.int32(4), np.array([1, 2, 3], np.float32))
    assert_array_equal(doubled, [2, 4, 6])


def test_inputs_take_the_given_shape_or_the_batch() -> None:
    model = Model()
    graph = model.add_subgraph()
    graph.inputs = [tensor(graph, "image", (-1, -1, 3)), tensor(graph, "mask", (-1, 5))]
    assert fix_inputs(model, {"image": (2, 7, 3)}, batch=2) == 2
    assert [one.dynamic_shape for one in graph.inputs] == [(2, 7, 3), (2, 5)]
    assert fix_inputs(model, {"image": (2, 7, 3)}) == 0


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"picture": (1, 2, 3)}, r"no input 'picture'.*image"),
        ({"image": (1, 7, 4)}, r"\[1, 7, 4\] does not fit"),
        ({"image": (1, 7)}, "does not fit"),
        ({"image": (0, 7, 3)}, "does not fit"),
        ({}, r"--input-shape image=1,SIZE,3"),
    ],
)
def test_shapes_that_do_not_fit_the_inputs(shapes, message: str) -> None:
    model = Model()
    graph = model.add_subgraph()
    graph.inputs = [tensor(graph, "image", (-1, -1, 3))]
    with pytest.raises(UsageError, match=message):
        fix_inputs(model, shapes)


def constant_sum(size: int) -> Model:
    """x + (1 + 1), where the constants can have any size."""
    model = Model()
    graph = model.add_subgraph()
    x = tensor(graph, "x", (size,))
    one = graph.constant("one", np.float32(1))
    ones = graph.constant("ones", np.ones(size, np.float32))
    two = op(graph, "ADD", [one, ones], (size,), options={})
    graph.inputs, graph.outputs = [x], [op(graph, "ADD", [x, two], (size,), options={})]
    return model


def test_constants_fold_to_what_the_runtime_computes() -> None:
    model = constant_sum(3)
    assert fold_constants(model) == 1
    assert fold_constants(model) == 0
    assert_array_equal(model.main.ops[0].inputs[1].data, [2, 2, 2])


def test_folding_keeps_the_file_small() -> None:
    model = Model()
    graph = model.add_subgraph()
    for name, size in (("small", MAX_GROWTH // 4), ("large", MAX_GROWTH // 4 + 3)):
        dims = graph.constant(name, np.array([size], np.int32))
        filled = op(graph, "FILL", [dims, graph.constant("v", np.float32(1))], (size,))
        graph.outputs.append(op(graph, "ABS", [filled], (size,)))
    before = len(write_model(model))
    assert fold_constants(model) == 1
    remove_dead_code(model)
    assert names(model) == ["ABS", "FILL", "ABS"]
    assert len(write_model(model)) <= before + MAX_GROWTH


@pytest.mark.parametrize("shape", [(MAX_GROWTH,), (-1,)])
def test_what_is_too_large_is_not_even_computed(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(op: Op) -> None:
        raise AssertionError(op)

    monkeypatch.setattr("tflitekit.graph.passes.constant_folding.output_values", never)
    model = Model()
    graph = model.add_subgraph()
    dims = graph.constant("dims", np.array([MAX_GROWTH], np.int32))
    filled = op(graph, "FILL", [dims, graph.constant("v", np.float32(1))], shape)
    graph.outputs = [op(graph, "ABS", [filled], shape)]
    assert fold_constants(model) == 0


def test_a_large_constant_folds_when_it_takes_the_place_of_another() -> None:
    model = constant_sum(MAX_GROWTH)
    assert fold_constants(model) == 1
    shared = constant_sum(MAX_GROWTH)
    ones = shared.main.ops[0].inputs[1]
    shared.main.outputs.append(op(shared.main, "ABS", [ones], ones.shape))
    assert fold_constants(shared) == 0


@pytest.mark.parametrize("name", ["RANDOM_UNIFORM", "DEQUANTIZE", "READ_VARIABLE"])
def test_some_ops_never_fold(name: str) -> None:
    model = Model()
    graph = model.add_subgraph()
    source = graph.constant("c", np.array([2], np.int32))
    value = op(graph, name, [source], (2,))
    graph.outputs = [op(graph, "ABS", [value], (2,))]
    assert fold_constants(model) == 0


def test_custom_ops_variables_and_outputs_never_fold() -> None:
    model = Model()
    graph = model.add_subgraph()
    source = graph.constant("c", np.ones(2, np.float32))
    state = tensor(graph, "state", (2,), is_variable=True, buffer=source.buffer)
    op(graph, "Mine", [source], (2,), custom=True)
    op(graph, "ABS", [state], (2,))
    graph.outputs = [op(graph, "ABS", [source], (2,))]
    assert fold_constants(model) == 0


def test_dead_code_goes_and_live_code_stays() -> None:
    model = dense()
    graph = model.main
    before = write_model(model)
    unused = op(graph, "ABS", [graph.inputs[0]], (1, 4))
    op(graph, "EXP", [unused], (1, 4))
    graph.constant("nobody", np.zeros(9, np.float32))
    assert remove_dead_code(model) == 2 + 3
    assert remove_dead_code(model) == 0
    assert write_model(model) == before


def test_inputs_variables_effects_and_scales_stay() -> None:
    model = dense()
    graph = model.main
    scales = graph.constant("scales", np.ones(1, np.float32))
    graph.tensors[1].quantization = Quantization(details=Blockwise(scales, None, 4))
    graph.inputs.append(tensor(graph, "unread", (1,)))
    tensor(graph, "state", (3,), is_variable=True)
    op(graph, "VAR_HANDLE", [], (), "resource")
    op(graph, "Mine", [], (1,), custom=True)
    assert remove_dead_code(model) == 0


def test_subgraphs_that_nobody_calls_go() -> None:
    model = counting_loop()
    model.add_subgraph("nobody")
    assert remove_dead_code(model) == 1
    assert [graph.name for graph in model.subgraphs] == ["main", "cond", "body"]


def test_a_loop_with_an_effect_stays() -> None:
    model = counting_loop()
    model.main.outputs.clear()
    op(model.subgraphs[2], "VAR_HANDLE", [], (), "resource")
    assert remove_dead_code(model) == 0
    model.subgraphs[2].ops.pop()
    assert remove_dead_code(model) > 0
    assert names(model) == []


def test_a_pass_that_breaks_the_graph_is_named_with_those_before_it() -> None:
    def harmless(model: Model) -> int:
        return 0

    def breaks(model: Model) -> int:
        model.main.ops.append(Op("ABS", [model.main.inputs[0]], [model.main.outputs[0]]))
        return 1

    with pytest.raises(ToolkitError, match="pass breaks, run after harmless, broke") as caught:
        run_passes(dense(), [harmless, breaks])
    assert caught.value.exit_code == 1
    with pytest.raises(ToolkitError, match="run as the first"):
        run_passes(dense(), [breaks])


def test_passes_that_never_settle_are_an_error() -> None:
    def restless(model: Model) -> int:
        return 1

    with pytest.raises(ToolkitError, match="do not settle"):
        run_passes(dense(), [restless])


def test_an_invalid_model_is_refused_before_any_pass() -> None:
    model = dense()
    model.main.ops.clear()
    with pytest.raises(ModelError, match="no op computes"):
        run_passes(model, [])


def test_the_operands_of_a_one_op_run_are_not_changed() -> None:
    model = dynamic_flatten()
    fix_inputs(model)
    before = [(one.name, one.shape, one.subgraph) for one in model.main.tensors]
    fold_constants(model)
    after = [(one.name, one.shape, one.subgraph) for one in model.main.tensors]
    assert before == after
    assert all(graph.model is model for graph in model.subgraphs)


def test_running_one_op_leaves_the_called_subgraphs_in_their_model() -> None:
    model = counting_loop()
    doubled = model.main.outputs[1]
    doubled.shape_signature = (-1,)
    propagate_shapes(model)
    assert doubled.is_static
    assert all(graph.model is model for graph in model.subgraphs)


def test_passes_accept_any_model_of_the_schema() -> None:
    model = read_model(write_model(everything()))
    run_passes(model, PASSES)
    assert "Mystery" in names(model)
