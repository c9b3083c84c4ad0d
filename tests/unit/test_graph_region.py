from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph import Model, read_model, run_passes, write_model
from tflitekit.graph.model import Op
from tflitekit.graph.passes import remove_dead_code
from tflitekit.graph.region import Region, Surroundings, body_ops, fuse, unfuse
from tflitekit.graph.verify import verify


def chain():
    """y = exp(sin(x) * c) + x."""
    model = Model()
    graph = model.add_subgraph("main")
    x = graphs.tensor(graph, "x", (2, 3))
    graph.inputs = [x]
    sine = graphs.op(graph, "SIN", [x], (2, 3))
    scaled = graphs.op(graph, "MUL", [sine, graph.constant("c", np.float32(0.5))], (2, 3))
    power = graphs.op(graph, "EXP", [scaled], (2, 3))
    graph.outputs = [graphs.op(graph, "ADD", [power, x], (2, 3), options={})]
    return model


def inner_region(graph):
    """SIN, MUL and EXP."""
    sin, mul, exp = graph.ops[:3]
    return Region((exp, sin, mul), (graph.inputs[0],), exp.outputs, {"kind": "test"})


def answer(model):
    return graphs.run(write_model(model), np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3))[0]


def test_a_fused_region_is_one_op_and_is_written_as_what_it_was():
    model = chain()
    before = answer(model)
    op = fuse(model.main, inner_region(model.main), "tflitekit.test")
    verify(model)
    assert [one.name for one in model.ops()] == ["tflitekit.test", "ADD"]
    assert [one.name for one in body_ops(op)] == ["SIN", "MUL", "EXP"]
    assert op.options == {"kind": "test"}
    np.testing.assert_array_equal(answer(model), before)
    written = read_model(write_model(model))
    assert [one.name for one in written.ops()] == ["SIN", "MUL", "EXP", "ADD"]
    assert len(model.main.ops) == 2, "writing changed the model"


def test_a_region_follows_its_operands():
    """The body is a function: another operand of the custom op is another argument."""
    model = chain()
    op = fuse(model.main, inner_region(model.main), "tflitekit.test")
    (x,) = model.main.inputs
    y = graphs.tensor(model.main, "y", (2, 3))
    model.main.ops.insert(0, type(op)("NEG", [x], [y], {}))
    op.inputs = [y]
    x = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_allclose(answer(model), np.exp(np.sin(-x) / 2) + x, rtol=1e-5)


def test_regions_within_regions():
    model = chain()
    before = answer(model)
    graph = model.main
    inner = fuse(graph, inner_region(graph), "tflitekit.inner")
    fuse(graph, Region((inner, graph.ops[-1]), graph.inputs, graph.outputs), "tflitekit.outer")
    assert [op.name for op in graph.ops] == ["tflitekit.outer"]
    copy, _ = model.copy()
    assert unfuse(model) == 2
    verify(model)
    np.testing.assert_array_equal(answer(model), before)
    np.testing.assert_array_equal(answer(copy), before)


def test_a_constant_that_others_read_stays_theirs():
    model = chain()
    graph = model.main
    (c,) = (tensor for tensor in graph.tensors if tensor.name == "c")
    graph.outputs = [graphs.op(graph, "SUB", [graph.outputs[0], c], (2, 3), options={})]
    before = answer(model)
    fuse(graph, inner_region(graph), "tflitekit.test")
    verify(model)
    np.testing.assert_array_equal(answer(model), before)


def test_a_region_that_nobody_reads_is_dead():
    model = chain()
    graph = model.main
    fuse(graph, inner_region(graph), "tflitekit.test")
    graph.outputs = [graphs.op(graph, "NEG", [graph.inputs[0]], (2, 3), options={})]
    run_passes(model, (remove_dead_code,))
    assert [op.name for op in model.ops()] == ["NEG"]


@pytest.mark.parametrize("leak", ["a reader", "an output", "an operand", ""])
def test_what_is_seen_from_outside_cannot_be_hidden(leak):
    model = chain()
    graph = model.main
    region = inner_region(graph)
    inside = graph.ops[0].outputs[0]
    if leak == "a reader":
        graph.outputs = [graphs.op(graph, "ADD", [graph.outputs[0], inside], (2, 3), options={})]
    if leak == "an output":
        graph.outputs.append(inside)
    if leak == "an operand":
        region = Region(region.ops, (), region.outputs)
    assert Surroundings(graph).is_closed(region) == (leak == "")


def known(around):
    """What is known of a graph, but for the numbers of the places."""
    graph = around.graph
    read = {tensor: around.readers(tensor) for tensor in graph.tensors}
    made = {tensor: around.producer(tensor) for tensor in graph.tensors}
    return read, made, sorted(graph.ops, key=around.place)


def test_surroundings_stay_right():
    """A fused op reads and computes what its region did, in the order of the graph."""
    model = chain()
    graph = model.main
    (x,), (y,) = graph.inputs, graph.outputs
    region = inner_region(graph)
    between = graphs.tensor(graph, "between", (2, 3))
    graph.ops.insert(1, Op("NEG", [x], [between], {}))
    graph.ops[-1].inputs[1] = between
    around = Surroundings(graph)
    op = around.fuse(replace(region, inputs=(x, x)), "tflitekit.test")
    assert known(around) == known(Surroundings(graph))
    assert around.readers(x) == [graph.ops[0], op, op]
    assert not any(one in around for one in region.ops)
    assert around.producer(y) is graph.ops[-1]
    around.fuse(Region(graph.ops, [x], [y]), "tflitekit.outer")
    assert known(around) == known(Surroundings(graph))


def shared():
    """Two readers of sin(x) * c: exp, and abs."""
    model = chain()
    graph = model.main
    scaled = graph.ops[1].outputs[0]
    graph.outputs.append(graphs.op(graph, "ABS", [scaled], (2, 3)))
    return model


def test_what_others_read_too_is_copied_where_that_is_allowed():
    model = shared()
    before = answers(model)
    region = inner_region(model.main)
    sin, mul = model.main.ops[:2]
    assert not Surroundings(model.main).is_closed(region)
    assert not Surroundings(model.main).is_closed(replace(region, copyable=[mul]))
    region = replace(region, copyable=[sin, mul])
    assert Surroundings(model.main).is_closed(region)
    assert Surroundings(model.main).staying(region) == {sin, mul}
    op = Surroundings(model.main).fuse(region, "tflitekit.test")
    verify(model)
    assert [one.name for one in model.ops()] == ["SIN", "MUL", "tflitekit.test", "ADD", "ABS"]
    assert [one.name for one in body_ops(op)] == ["SIN", "MUL", "EXP"]
    for one, other in zip(answers(model), before, strict=True):
        np.testing.assert_array_equal(one, other)


def answers(model):
    return graphs.run(write_model(model), np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3))
