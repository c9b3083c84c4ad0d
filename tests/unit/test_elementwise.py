import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph import Model
from tflitekit.graph.region import Surroundings
from tflitekit.kernels.elementwise import ELEMENTWISE, match
from tflitekit.quantize.planning.op_rules import OP_RULES

SHAPE = (2, 4, 3)


class Net:
    """A graph under construction; every op has the same shape."""

    def __init__(self):
        self.graph = Model().add_subgraph("main")
        self.x = graphs.tensor(self.graph, "x", SHAPE)
        self.graph.inputs = [self.x]

    def op(self, name, *operands, dtype="float32", **more):
        inputs = [
            self.graph.constant("c", np.float32(one)) if isinstance(one, float | list) else one
            for one in operands
        ]
        return graphs.op(self.graph, name, inputs, SHAPE, dtype, **more)

    def found(self, output):
        """The names of the ops of the region that ends in `output`, in order; None for none."""
        self.graph.outputs = self.graph.outputs or [output]
        op = output.producer
        region = match(Surroundings(self.graph), op)
        if region is None:
            return None
        assert Surroundings(self.graph).is_closed(region)
        return [op.name for op in self.graph.ops if op in region.ops]


@pytest.fixture
def net():
    return Net()


def test_a_chain(net):
    y = net.op("ADD", net.op("MUL", net.op("SIN", net.x), 2.0), 1.0)
    assert net.found(y) == ["SIN", "MUL", "ADD"]


def test_branches_that_meet_again(net):
    sigmoid = net.op("LOGISTIC", net.x)
    assert net.found(net.op("MUL", net.x, sigmoid)) == ["LOGISTIC", "MUL"]


def test_a_choice_by_a_comparison(net):
    small = net.op("LESS", net.x, 0.5, dtype="bool")
    y = net.op("SELECT_V2", small, net.op("EXP", net.x), net.x)
    assert net.found(y) == ["LESS", "EXP", "SELECT_V2"]


def test_it_goes_on_behind_a_value_that_branches_read(net):
    sine = net.op("SIN", net.x)
    y = net.op("MUL", net.op("EXP", sine), net.op("NEG", sine))
    assert net.found(y) == ["SIN", "EXP", "NEG", "MUL"]


def test_two_variables_are_not_one(net):
    other = graphs.tensor(net.graph, "other", SHAPE)
    net.graph.inputs.append(other)
    assert net.found(net.op("DIV", net.x, other)) is None


def test_only_the_part_with_one_variable(net):
    other = graphs.tensor(net.graph, "other", SHAPE)
    net.graph.inputs.append(other)
    total = net.op("ADD", net.x, other)
    assert net.found(net.op("EXP", net.op("NEG", total))) == ["NEG", "EXP"]


def test_a_value_that_others_read_is_not_hidden(net):
    sine = net.op("SIN", net.x)
    y = net.op("EXP", net.op("NEG", sine))
    net.graph.outputs = [y, sine]
    assert net.found(y) == ["NEG", "EXP"]


def test_a_constant_by_channel_is_no_number(net):
    y = net.op("MUL", net.op("SIN", net.x), [1.0, 2.0, 3.0])
    assert net.found(y) is None
    assert net.found(y.producer.inputs[0]) == ["SIN"]


def test_a_constant_of_equal_elements_is_a_number(net):
    assert net.found(net.op("MUL", net.op("SIN", net.x), [2.0, 2.0, 2.0])) == ["SIN", "MUL"]


def test_a_broadcast_is_left_alone(net):
    row = graphs.tensor(net.graph, "row", (3,))
    net.graph.inputs = [row]
    assert net.found(net.op("MUL", row, net.op("SIN", row))) is None


def test_one_op_that_litert_computes_well_stays(net):
    is_small = graphs.tensor(net.graph, "is small", SHAPE, "bool")
    is_small.data = np.ones(SHAPE, bool)
    assert net.found(net.op("SELECT_V2", is_small, net.x, 0.5)) is None


@pytest.mark.parametrize("name", ["RELU", "ABS", "TANH", "EXP"])
def test_one_op_that_a_table_is_faster_for(net, name):
    assert net.found(net.op(name, net.x)) == [name]


def test_integers_are_not_looked_up(net):
    ids = graphs.tensor(net.graph, "ids", SHAPE, "int32")
    net.graph.inputs = [ids]
    assert net.found(net.op("SIN", net.op("CAST", ids))) == ["SIN"]


@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
def test_what_is_left_to_litert_is_right_there(name):
    rule = OP_RULES.get(name)
    if ELEMENTWISE[name].builtin:
        assert rule is not None
        assert not rule.reason
        assert not rule.inexact
