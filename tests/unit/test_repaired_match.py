"""Which ops become custom ops because LiteRT's int8 kernel is missing, wrong or slow."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph import Model
from tflitekit.graph.region import Surroundings
from tflitekit.kernels.arithmetic import ARITHMETIC
from tflitekit.kernels.average_pool import AVERAGE_POOL
from tflitekit.kernels.cast import CAST
from tflitekit.kernels.cumulative_sum import CUMULATIVE_SUM
from tflitekit.kernels.lookup import LOOKUP
from tflitekit.kernels.one_hot import ONE_HOT
from tflitekit.kernels.pair_table import PAIR_TABLE
from tflitekit.kernels.scatter import SCATTER

SHAPE = (2, 4, 3)
ROW = (3,)


class Net:
    """A graph under construction."""

    def __init__(self):
        self.graph = Model().add_subgraph("main")

    def given(self, shape=SHAPE, dtype="float32"):
        tensor = graphs.tensor(self.graph, f"x{len(self.graph.inputs)}", shape, dtype)
        self.graph.inputs.append(tensor)
        return tensor

    def constant(self, values, dtype=np.float32):
        return self.graph.constant("c", np.array(values, dtype))

    def op(self, name, *operands, shape=SHAPE, dtype="float32", **options):
        return graphs.op(self.graph, name, list(operands), shape, dtype, options=options)

    def found(self, kernel, output):
        """The region of a kernel that ends in `output`, as names; None for none."""
        self.graph.outputs = self.graph.outputs or [output]
        around = Surroundings(self.graph)
        region = kernel.match(around, output.producer)
        if region is None or not around.is_closed(region):
            return None
        return [op.name for op in self.graph.ops if op in region.ops]


@pytest.fixture
def net():
    return Net()


@pytest.mark.parametrize("shape", [SHAPE, ROW, (2, 1, 1)])
@pytest.mark.parametrize(
    "name", ["DIV", "MUL", "SQUARED_DIFFERENCE", "PRELU", "LESS", "GREATER_EQUAL"]
)
def test_repaired_functions_of_two_tensors(net, name, shape):
    dtype = "bool" if "ESS" in name or "GREATER" in name else "float32"
    y = net.op(name, net.given(), net.given(shape), dtype=dtype)
    assert net.found(ARITHMETIC, y) == [name]


@pytest.mark.parametrize("name", ["ADD", "SUB"])
def test_sums_where_they_broadcast(net, name):
    x = net.given()
    assert net.found(ARITHMETIC, net.op(name, x, net.constant([1, 2, 3]))) == [name]
    assert net.found(ARITHMETIC, net.op(name, x, net.given())) is None


def test_a_divisor_by_channel(net):
    assert net.found(ARITHMETIC, net.op("DIV", net.given(), net.constant([1, 2, 3]))) == ["DIV"]


def test_arithmetic_of_integers_is_left_alone(net):
    x = net.given(dtype="int32")
    assert net.found(ARITHMETIC, net.op("DIV", x, x, dtype="int32")) is None
    assert net.found(ARITHMETIC, net.op("LESS", x, x, dtype="bool")) is None


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1", "TANH"])
def test_activation_functions_that_clip(net, activation):
    y = net.op("DIV", net.given(), net.given(), fused_activation_function=activation)
    assert net.found(ARITHMETIC, y) == (None if activation == "TANH" else ["DIV"])


def test_equality_is_left_to_litert(net):
    assert net.found(ARITHMETIC, net.op("EQUAL", net.given(), net.given(), dtype="bool")) is None


@pytest.mark.parametrize("name", ["POW", "ATAN2", "FLOOR_DIV", "FLOOR_MOD"])
def test_rare_functions_of_two_tensors(net, name):
    assert net.found(PAIR_TABLE, net.op(name, net.given(), net.given(ROW))) == [name]
    integers = [net.given(dtype="int32"), net.given(dtype="int32")]
    assert net.found(PAIR_TABLE, net.op(name, *integers, dtype="int32")) is None


def test_pools_of_fixed_size(net):
    options = {"padding": "SAME", "stride_h": 2, "stride_w": 2}
    options |= {"filter_height": 2, "filter_width": 2}
    x = net.given((1, 4, 4, 3))
    y = net.op("AVERAGE_POOL_2D", x, shape=(1, 2, 2, 3), **options)
    assert net.found(AVERAGE_POOL, y) == ["AVERAGE_POOL_2D"]
    open_ = net.op("AVERAGE_POOL_2D", net.given((-1, 4, 4, 3)), shape=(-1, 2, 2, 3), **options)
    assert net.found(AVERAGE_POOL, open_) is None


@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "float64"])
def test_casts_from_integers(net, dtype):
    y = net.op("CAST", net.given(dtype=dtype))
    assert net.found(CAST, y) == (None if dtype == "float64" else ["CAST"])


def test_lookups_end_in_integers_or_truth_values(net):
    x = net.given()
    less = net.op("LESS", net.op("SIN", x), net.constant(0.5), dtype="bool")
    assert net.found(LOOKUP, less) == ["SIN", "LESS"]
    cast = net.op("CAST", x, dtype="int32")
    net.graph.outputs = [cast, less]
    assert net.found(LOOKUP, cast) == ["CAST"]
    ids = net.given(dtype="int32")
    assert net.found(LOOKUP, net.op("EQUAL", ids, net.constant(0, np.int32), dtype="bool")) is None


def test_rows_of_one_element_along_a_last_axis(net):
    ids, depth = net.given((4,), "int32"), net.constant(3, np.int32)
    values = net.constant(1.0), net.constant(0.0)
    y = net.op("ONE_HOT", ids, depth, *values, shape=(4, 3), axis=-1)
    assert net.found(ONE_HOT, y) == ["ONE_HOT"]
    turned = net.op("ONE_HOT", ids, depth, *values, shape=(3, 4), axis=0)
    assert net.found(ONE_HOT, turned) is None
    computed = net.op("ONE_HOT", ids, depth, net.given(()), values[1], shape=(4, 3), axis=-1)
    assert net.found(ONE_HOT, computed) is None


def test_running_sums_along_a_constant_axis(net):
    y = net.op("CUMSUM", net.given(), net.constant(1, np.int32))
    assert net.found(CUMULATIVE_SUM, y) == ["CUMSUM"]
    assert net.found(CUMULATIVE_SUM, net.op("CUMSUM", net.given(), net.given((), "int32"))) is None


def test_a_scatter_of_a_constant_shape(net):
    places, updates = net.given((2, 1), "int32"), net.given((2, 3))
    y = net.op("SCATTER_ND", places, updates, net.constant([5, 3], np.int32), shape=(5, 3))
    assert net.found(SCATTER, y) == ["SCATTER_ND"]
    computed = net.op("SCATTER_ND", places, updates, net.given((2,), "int32"), shape=(5, 3))
    assert net.found(SCATTER, computed) is None


def updated(net, places, *, kept=1.0, turned=False, holes=None, once=1.0):
    """x * (kept - SCATTER_ND(holes, once)) + SCATTER_ND(places, updates), and the mask."""
    x, updates, shape = net.given((5, 3)), net.given((2, 3)), net.constant([5, 3], np.int32)
    ones = net.constant(np.full((2, 3), once))
    holes = places if holes is None else holes
    chosen = net.op("SCATTER_ND", holes, ones, shape, shape=(5, 3))
    mask = net.op("SUB", net.constant(kept), chosen, shape=(5, 3))
    operands = (mask, x) if turned else (x, mask)
    rest = net.op("MUL", *operands, shape=(5, 3))
    placed = net.op("SCATTER_ND", places, updates, shape, shape=(5, 3))
    operands = (placed, rest) if turned else (rest, placed)
    return net.op("ADD", *operands, shape=(5, 3)), mask


@pytest.mark.parametrize("turned", [False, True])
def test_an_update_at_computed_places(net, turned):
    y, _ = updated(net, net.given((2, 1), "int32"), turned=turned)
    assert net.found(SCATTER, y) == ["SCATTER_ND", "SUB", "MUL", "SCATTER_ND", "ADD"]


def test_a_mask_that_others_read_is_not_hidden(net):
    y, mask = updated(net, net.given((2, 1), "int32"))
    net.graph.outputs = [y, mask]
    assert net.found(SCATTER, y) is None


def test_another_mask_is_no_update(net):
    y, _ = updated(net, net.given((2, 1), "int32"), kept=2.0)
    assert net.found(SCATTER, y) is None
    y, _ = updated(net, net.given((2, 1), "int32"), once=0.5)
    assert net.found(SCATTER, y) is None
    y, _ = updated(net, net.given((2, 1), "int32"), holes=net.constant([[0], [1]], np.int32))
    assert net.found(SCATTER, y) is None


@pytest.mark.parametrize(("holes", "fires"), [([1, 4], True), ([1, 3], False), ([1], False)])
def test_an_update_at_constant_places(net, holes, fires):
    mask = np.ones((5, 3))
    mask[holes] = 0
    places, shape = net.constant([[1], [4]], np.int32), net.constant([5, 3], np.int32)
    rest = net.op("MUL", net.given((5, 3)), net.constant(mask), shape=(5, 3))
    placed = net.op("SCATTER_ND", places, net.given((2, 3)), shape, shape=(5, 3))
    y = net.op("ADD", rest, placed, shape=(5, 3))
    assert net.found(SCATTER, y) == (["MUL", "SCATTER_ND", "ADD"] if fires else None)
