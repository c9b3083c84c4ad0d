"""Which tensors around residual sums get their channels evened out, and which do not."""

import numpy as np
import pytest

from tests.fakes import graphs
from tests.unit.test_normalize_match import GAIN, OFFSET, Graph
from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import unfuse
from tflitekit.kernels.patch import patch
from tflitekit.quantize.calibration.stats import observe
from tflitekit.quantize.corrections.residuals import even_residuals

WIDTH = 8
SHAPE = (1, 6, WIDTH)
SIZES = np.float32([1, 1, 50, 1, 1, 0.5, 1, 1])


class Block(Graph):
    """Post-norm: a product is added to x, the rows are normalized, and a product reads them."""

    def __init__(self):
        super().__init__()
        self.random = np.random.default_rng(0)
        self.source = self.dense(self.x, sizes=SIZES)
        self.branch = self.reshaped(self.source)
        self.y = self.norm(self.ADD(self.x, self.branch))
        self.product = self.dense(self.y)
        self.ends_in(self.norm(self.ADD(self.y, self.dense(self.product))))

    def norm(self, x):
        root = self.RSQRT(self.ADD(self.MEAN(self.MUL(x, x), axes=(-1,)), 1e-3))
        return self.ADD(self.MUL(self.MUL(x, root), GAIN), OFFSET)

    def reshaped(self, x):
        shape = self.graph.constant("shape", np.int32(SHAPE))
        return graphs.op(self.graph, "RESHAPE", [x, shape], SHAPE, options={})

    def dense(self, x, sizes=1.0):
        weights = self.random.normal(0, 1, (WIDTH, WIDTH)).astype(np.float32)
        weights *= np.reshape(sizes, (-1, 1))
        bias = self.graph.constant("bias", np.float32(np.ones(WIDTH) * sizes))
        operands = [x, self.graph.constant("weights", weights), bias]
        return graphs.op(self.graph, "FULLY_CONNECTED", operands, SHAPE, options={})


def stats_of(made, sizes=SIZES):
    """As if all activations had channels of these sizes."""
    values = np.random.default_rng(1).uniform(-1, 1, (32, WIDTH)).astype(np.float32) * sizes
    return {one: observe(values) for op in made.graph.ops for one in op.outputs}


def evened(made, sizes=SIZES):
    patch(made.model)
    return even_residuals(made.model, stats_of(made, sizes))


def maker(made, tensor) -> Op:
    return next(op for op in made.graph.ops if tensor in op.outputs)


def test_the_rows_of_a_product_that_a_sum_reads_are_divided():
    made = Block()
    weights, bias = (tensor.data.copy() for tensor in maker(made, made.source).inputs[1:])
    assert evened(made) == 3
    undone = maker(made, made.branch)
    assert undone.name == "MUL"
    factors = undone.inputs[1].data
    assert factors == pytest.approx(np.where(SIZES == 50, 1, 2 * SIZES / 50), rel=0.1)
    divided = maker(made, made.source)
    assert divided.inputs[1].data * factors[:, None] == pytest.approx(weights)
    assert divided.inputs[2].data * factors == pytest.approx(bias)


def test_products_read_rows_of_their_own():
    made = Block()
    weights = maker(made, made.product).inputs[1].data.copy()
    evened(made)
    product = maker(made, made.product)
    (own,) = (one for one in product.inputs if not one.is_constant)
    assert own is not made.y
    parting = maker(made, own)
    assert parting.name == "MUL"
    assert parting.inputs[0] is made.y
    assert product.inputs[1].data * parting.inputs[1].data == pytest.approx(weights)
    sums = [op for op in made.graph.ops if op.name == "tflitekit.add_norm"]
    assert made.y in sums[1].operands


def test_what_was_put_in_becomes_part_of_the_sums():
    made = Block()
    evened(made)
    unfuse(made.model)
    patch(made.model)
    assert {op.name for op in made.graph.ops} == {
        "FULLY_CONNECTED",
        "RESHAPE",
        "tflitekit.add_norm",
    }


def test_even_channels_are_left_but_for_the_tensor_of_the_stream():
    made = Block()
    weights = [op.inputs[1].data.copy() for op in made.graph.ops if op.name == "FULLY_CONNECTED"]
    assert evened(made, np.ones(WIDTH)) == 1
    after = [op.inputs[1].data for op in made.graph.ops if op.name == "FULLY_CONNECTED"]
    assert all((one == other).all() for one, other in zip(weights, after, strict=True))


def test_a_product_that_others_read_is_left():
    made = Block()
    made.ends_in(*made.graph.outputs, made.branch)
    evened(made)
    assert maker(made, made.branch).name == "RESHAPE"


def test_shared_weights_are_left():
    made = Block()
    first, second = (maker(made, one) for one in (made.source, made.product))
    second.inputs[1] = first.inputs[1]
    weights = first.inputs[1].data.copy()
    evened(made)
    assert (first.inputs[1].data == weights).all()
    assert first.inputs[1] is second.inputs[1]


@pytest.mark.parametrize("shared", [False, True])
def test_rows_of_a_table_are_divided_unless_they_are_others_too(shared):
    made = Block()
    values = np.random.default_rng(2).normal(0, 1, (9, WIDTH)).astype(np.float32) * SIZES
    table = made.graph.constant("table", values)
    ids = Tensor("ids", (1, 6), "int32")
    made.graph.inputs.append(made.graph.add(ids))
    replaced = maker(made, made.branch)
    gather = Op("GATHER", [table, ids], [made.branch], options={"axis": 0})
    made.graph.ops[made.graph.ops.index(replaced)] = gather
    if shared:
        made.ends_in(*made.graph.outputs, graphs.op(made.graph, "EXP", [table], values.shape))
    evened(made)
    now = gather.inputs[0].data
    if shared:
        assert (now == values).all()
        assert gather.outputs == [made.branch]
    else:
        undone = maker(made, made.branch)
        assert gather.outputs == [undone.inputs[0]]
        assert now * undone.inputs[1].data == pytest.approx(values)
