"""What an int8 recurrent layer is packed with."""

import numpy as np
import pytest

from tflitekit.graph.model import Op, Subgraph, Tensor
from tflitekit.graph.region import Surroundings
from tflitekit.kernels import BY_NAME
from tflitekit.kernels.recurrent.activations import ACTIVATIONS, CODES
from tflitekit.kernels.recurrent.attributes import Attributes
from tflitekit.kernels.recurrent.cells import KINDS
from tflitekit.kernels.recurrent.pack import table
from tflitekit.kernels.recurrent.parameters import INTERVALS, REACH, Parameters
from tflitekit.kernels.recurrent.reference import LARGEST
from tflitekit.quantize.params import QuantParams

CHANNELS, UNITS = 5, 6


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_table_comes_near_its_function(name):
    activation = ACTIVATIONS[name]
    x = np.linspace(-REACH, REACH, 4001)
    places = np.linspace(-REACH, REACH, INTERVALS + 1)
    values = np.interp(x, places, table(activation) * activation.scale)
    # A line over an interval leaves tanh, whose second derivative reaches 0.77, by as much.
    bend = 0.77 / 8 / (INTERVALS / (2 * REACH)) ** 2
    assert np.abs(values - activation.function(x)).max() <= activation.scale + bend


@pytest.mark.parametrize("name", ["linear", "relu"])
def test_the_last_line_of_a_table_goes_on(name):
    entries = table(ACTIVATIONS[name]).astype(int)
    slope = (entries[-2] - entries[-3]) * ACTIVATIONS[name].scale * INTERVALS / (2 * REACH)
    assert slope == 1


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_the_ends_of_a_saturating_table_are_flat(name):
    entries = table(ACTIVATIONS[name])
    assert entries[0] == entries[1]
    assert entries[-1] == entries[-2] == 32767


def test_attributes_come_back():
    attributes = Attributes(2, 1, 1, 0, 1, 1, (1, 2, 3), (4, 5, 6))
    assert Attributes.of(attributes.array()) == attributes


def layer(name, first=None, **attributes):
    """A float op, its operands' parameters and its outputs'."""
    kind, graph, rng = KINDS[name], Subgraph(), np.random.default_rng(0)
    rows = kind.gates * UNITS
    bias = (2, rows) if name == "gru" else (rows,)
    shapes = [(CHANNELS, rows), (UNITS, rows), bias]
    weights = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    state = np.zeros((1, UNITS), np.float32) if first is None else first
    states = [graph.constant(f"s{i}", state) for i in range(kind.states)]
    array = Attributes(CODES["tanh"], CODES["sigmoid"], **attributes).array()
    inputs = [
        graph.add(Tensor("x", (1, 3, CHANNELS), "float32")),
        *states,
        *(graph.constant(f"w{i}", one) for i, one in enumerate([*weights, array])),
    ]
    y = graph.add(Tensor("y", (1, 3, UNITS), "float32"))
    op = Op(f"tflitekit.{name}", inputs, [y], custom=True)
    params = [QuantParams((0.05,), (-3,), "int8")] * (1 + kind.states)
    return op, params, [QuantParams((0.01,), (4,), "int8")], weights


def packed(name, **options):
    op, inputs, outputs, weights = layer(name, **options)
    (block,) = BY_NAME[op.name].pack(op, inputs, outputs)
    return Parameters.of(KINDS[name], block, CHANNELS, UNITS), weights


@pytest.mark.parametrize("name", ["lstm", "gru", "simple_rnn"])
def test_weights_have_a_scale_for_each_row(name):
    made, (kernel, recurrent, bias) = packed(name, **({"reset_after": 1} if name == "gru" else {}))
    assert np.abs(made.x.weights).max(axis=1).min() == 127
    restored = made.x.weights * made.x.scales[:, None] / 0.05
    np.testing.assert_allclose(restored, kernel.T, atol=np.abs(kernel).max() / 250)
    (h,) = made.h
    restored = h.weights * h.scales[:, None] * LARGEST
    np.testing.assert_allclose(restored, recurrent.T, atol=np.abs(recurrent).max() / 250)
    total = bias.sum(axis=0) if name == "gru" else bias
    np.testing.assert_allclose(made.x.biases + h.biases, total, rtol=1e-6)


def test_the_reset_gate_multiplies_the_bias_of_its_own_product_only():
    made, (_, _, bias) = packed("gru", reset_after=1)
    assert (made.h[0].biases[: 2 * UNITS] == 0).all()
    np.testing.assert_allclose(made.h[0].biases[2 * UNITS :], bias[1, 2 * UNITS :])
    apart, _ = packed("gru", reset_after=0)
    assert [len(product.weights) for product in apart.h] == [2 * UNITS, UNITS]


def test_the_state_has_room_for_its_bound_and_for_the_first_one():
    assert packed("lstm")[0].header["h_steps"] == LARGEST
    large = np.full((1, UNITS), -4, np.float32)
    assert packed("lstm", first=large)[0].header["h_steps"] == LARGEST / 4


def test_a_constant_mask_stays_an_operand():
    op, inputs, outputs, _ = layer("lstm")
    mask = np.asarray([[True, False, True]])
    op.inputs.append(op.outputs[0].subgraph.constant("mask", mask))
    first, _ = BY_NAME[op.name].pack(op, [*inputs, *[None] * 5], outputs)
    assert (first == mask).all()


def test_nothing_is_matched():
    op, *_ = layer("lstm")
    graph = op.outputs[0].subgraph
    graph.ops, graph.outputs = [op], op.outputs
    assert BY_NAME[op.name].match(Surroundings(graph), op) is None
