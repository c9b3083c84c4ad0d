"""Every version of tflitekit.fully_connected gives the bits of the reference."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph import Model
from tflitekit.kernels.fully_connected import pack, reference
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build


def packed(weights, bias=None, activation="NONE", x_zero=-9, y=(0.4, 7)):
    outputs, depth = weights.shape
    graph = Model().add_subgraph("main")
    operands = [
        graphs.tensor(graph, "x", (1, depth), "int8"),
        graph.constant("weights", weights),
        None if bias is None else graph.constant("bias", bias),
    ]
    options = {"fused_activation_function": activation}
    graphs.op(graph, "FULLY_CONNECTED", operands, (1, outputs), "int8", options=options)
    scales = np.random.default_rng(outputs).uniform(0.005, 0.01, outputs)
    params = [
        QuantParams((0.05,), (x_zero,), "int8"),
        QuantParams(tuple(scales.tolist()), (0,) * outputs, "int8"),
        None,
    ]
    (block,) = pack(graph.ops[0], params, [QuantParams((y[0],), (y[1],), "int8")])
    return aligned(block)


def check(native, x, weights, block):
    (wanted,) = reference(x, weights, block)
    for isa in versions(native, "fully_connected"):
        y = aligned(np.full(wanted.shape, 99, np.int8), 3)
        assert native.call("fully_connected", [x, weights, block], [y], isa) is None
        assert (y == wanted).all(), isa
    return wanted


def numbers(shape, seed=0, low=-128):
    return np.random.default_rng(seed).integers(low, 128, shape).astype(np.int8)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize(
    ("outputs", "depth"),
    [(1, 1), (3, 7), (4, 8), (5, 16), (63, 15), (64, 64), (65, 63), (130, 65), (7, 257), (131, 31)],
)
def test_sizes(native, rows, outputs, depth):
    weights = aligned(numbers((outputs, depth), depth, -127))
    bias = np.random.default_rng(depth).integers(-3000, 3000, outputs, np.int32)
    x = aligned(numbers((rows, depth), rows), 5)
    y = check(native, x, weights, packed(weights, bias, y=(0.02 * depth**0.5, 7)))
    assert y.size < 100 or np.unique(y).size > 50


@pytest.mark.parametrize(("rows", "outputs", "depth"), [(0, 5, 8), (2, 0, 8), (2, 5, 0)])
def test_nothing(native, rows, outputs, depth):
    weights = aligned(np.zeros((outputs, depth), np.int8))
    check(native, np.zeros((rows, depth), np.int8), weights, packed(weights))


@pytest.mark.parametrize("steps", [0.4, 1e-3, 1e3])
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
def test_activations_and_saturation(native, activation, steps):
    weights, x = aligned(numbers((70, 100), 1, -127)), aligned(numbers((2, 3, 100), 2))
    check(native, x, weights, packed(weights, activation=activation, y=(steps, -20)))


def test_the_largest_sums(native):
    """Of all extremes, with the weights that only a damaged file has."""
    depth = 33000
    signs = np.array([[-128], [127], [-128], [127]], np.int8)
    weights = aligned(np.repeat(signs, depth, 1))
    x = aligned(np.repeat(signs, depth, 1))
    check(native, x, weights, packed(weights, x_zero=0, y=(1e4, 0)))


def test_threads_part_the_outputs(native):
    weights, x = aligned(numbers((1003, 3000), 1, -127)), aligned(numbers((1, 3000), 2))
    native.use_threads(3)
    try:
        check(native, x, weights, packed(weights, y=(3.0, 7)))
    finally:
        native.use_threads(1)


def test_the_shape_of_y(native):
    assert native.infer("fully_connected", [(2, 3, 8), (5, 8), (64,)]) == ((2, 3, 5),)
    assert "last axis" in native.infer("fully_connected", [(2, 7), (5, 8), (64,)])
    assert "two axes" in native.infer("fully_connected", [(2, 8), (8,), (64,)])


def called(native, x=(1, 8), weights=(5, 8), y=(1, 5), block=None):
    if block is None:
        block = packed(np.ones((5, 8), np.int8))
    arrays = [np.zeros(shape, np.int8) for shape in (x, weights)]
    return native.call("fully_connected", [*map(aligned, arrays), block], [np.zeros(y, np.int8)])


def test_what_does_not_fit(native):
    assert called(native) is None
    assert "other weights" in called(native, weights=(6, 8), y=(1, 6))
    assert "last axis" in called(native, x=(1, 7))
    assert "shape" in called(native, x=(2, 8))
    assert "truncated" in called(native, block=packed(np.ones((5, 8), np.int8))[:191])


@pytest.mark.parametrize(("field", "value"), [(1, 128), (2, -129), (3, 128), (2, 127)])
def test_limits_that_are_none(native, field, value):
    block = packed(np.ones((5, 8), np.int8))
    block[4 * field : 4 * field + 4].view(np.int32)[0] = value
    if field == 2 and value == 127:
        block[12:16].view(np.int32)[0] = 126
    assert "no int8" in called(native, block=block)
