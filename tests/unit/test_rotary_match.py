"""Which regions are rotary embeddings, and how their weights are kept."""

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph.model import Model
from tflitekit.kernels.patch import patch
from tflitekit.kernels.rotary import ROTARY

TOKENS, HEADS, DEPTH = 5, 2, 4
SHAPE = (1, TOKENS, HEADS, DEPTH)
HALF = (1, TOKENS, HEADS, DEPTH // 2)
ANGLES = (np.arange(TOKENS)[:, None] * [1.0, 0.01])[None, :, None]
COS, SIN = np.cos(ANGLES).astype(np.float32), np.sin(ANGLES).astype(np.float32)


class Graph:
    """x, and what is made of it."""

    def __init__(self):
        self.model = Model()
        self.graph = self.model.add_subgraph("main")
        self.x = graphs.tensor(self.graph, "x", SHAPE)
        self.graph.inputs = [self.x]

    def op(self, name, *operands, shape=HALF, **options):
        given = [
            self.graph.constant("c", one) if isinstance(one, (np.ndarray, np.generic)) else one
            for one in operands
        ]
        return graphs.op(self.graph, name, given, shape, options=options)

    def halves(self):
        y = self.op("SPLIT", np.int32(3), self.x, num_splits=2)
        other = graphs.tensor(self.graph, "second", HALF)
        self.graph.ops[-1].outputs.append(other)
        return y, other

    def patched(self, *outputs):
        self.graph.outputs = list(outputs)
        patch(self.model, (ROTARY,))
        return [op.name for op in self.graph.ops]


def joined(g, first, second, cosines=COS, sines=SIN):
    one = g.op("SUB", g.op("MUL", first, cosines), g.op("MUL", second, sines))
    other = g.op("ADD", g.op("MUL", second, cosines), g.op("MUL", sines, first))
    return g.op("CONCATENATION", one, other, shape=SHAPE, axis=3)


def test_halves():
    g = Graph()
    assert g.patched(joined(g, *g.halves())) == ["tflitekit.rotary"]
    rotation = g.graph.ops[0].options["rotation"]
    assert rotation.places.tolist() == [[0, 1, 0, 1], [2, 3, 2, 3]]
    assert rotation.repeat == HEADS
    np.testing.assert_allclose(rotation.weights[0, :, :2], COS[0, :, 0])
    np.testing.assert_allclose(rotation.weights[1, :, :2], -SIN[0, :, 0])
    np.testing.assert_allclose(rotation.weights[0, :, 2:], SIN[0, :, 0])


def test_the_same_weights_for_all_rows():
    g = Graph()
    y = joined(g, *g.halves(), np.float32([0.6, 0.8]), np.float32([0.8, 0.6]))
    assert g.patched(y) == ["tflitekit.rotary"]
    rotation = g.graph.ops[0].options["rotation"]
    assert (rotation.repeat, rotation.weights.shape) == (TOKENS * HEADS, (2, 1, DEPTH))


def test_what_others_read_is_not_hidden():
    g = Graph()
    first, second = g.halves()
    y = joined(g, first, second)
    assert "tflitekit.rotary" not in g.patched(y, g.graph.ops[1].outputs[0])


def another_tensor(g):
    first, second = g.halves()
    return joined(g, first, g.op("ABS", second))


def other_rows(g):
    """Each token with the one before it."""
    rolled = g.op("GATHER", g.x, np.int32([4, 0, 1, 2, 3]), shape=SHAPE, axis=1)
    cosines, sines = (np.concatenate([one, one], -1) for one in (COS, SIN))
    one, other = g.op("MUL", g.x, cosines, shape=SHAPE), g.op("MUL", rolled, sines, shape=SHAPE)
    return g.op("ADD", one, other, shape=SHAPE)


def test_a_third_element_is_added_outside():
    g = Graph()
    cosines = np.concatenate([COS, COS], -1)
    y = g.op("MUL", g.x, cosines, shape=SHAPE)
    for axes in ([1, 2, 3, 0], [2, 3, 0, 1]):
        moved = g.op("GATHER", g.x, np.int32(axes), shape=SHAPE, axis=3)
        y = g.op("ADD", y, moved, shape=SHAPE)
    assert g.patched(y) == ["tflitekit.rotary", "GATHER", "ADD"]


def only_scaled(g):
    cosines, sines = (np.concatenate([one, one], -1) for one in (COS, SIN))
    one, other = (g.op("MUL", g.x, by, shape=SHAPE) for by in (cosines, sines))
    return g.op("ADD", one, other, shape=SHAPE)


def with_an_activation(g):
    y = joined(g, *g.halves())
    g.graph.ops[-1].options["fused_activation_function"] = "RELU"
    return y


@pytest.mark.parametrize("make", [another_tensor, other_rows, only_scaled, with_an_activation])
def test_what_is_no_rotation(make):
    g = Graph()
    assert "tflitekit.rotary" not in g.patched(make(g))
