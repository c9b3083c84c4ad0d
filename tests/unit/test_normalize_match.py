"""Which regions of a graph normalize a tensor, however they are spelled."""

import itertools

import numpy as np
import pytest

from tests.fakes import graphs
from tflitekit.graph.model import Model
from tflitekit.graph.region import Surroundings
from tflitekit.kernels.group_norm import GROUP_NORM
from tflitekit.kernels.layer_norm import LAYER_NORM
from tflitekit.kernels.lrn import LRN
from tflitekit.kernels.normalize.algebra import Root, Spread
from tflitekit.kernels.normalize.form import View
from tflitekit.kernels.normalize.match import match
from tflitekit.kernels.patch import patch

SHAPE = (1, 6, 8)
GAIN = np.linspace(0.5, 2, 8, dtype=np.float32)
OFFSET = np.linspace(-1, 1, 8, dtype=np.float32)
EPSILON = np.float32(1e-3)


class Graph:
    """A graph that is written down op by op; numbers and arrays are constants."""

    def __init__(self, shape=SHAPE, swapped=()):
        self.model = Model()
        self.graph = self.model.add_subgraph("main")
        self.x = graphs.tensor(self.graph, "x", shape)
        self.graph.inputs = [self.x]
        self.swapped = swapped

    def __getattr__(self, name):
        def op(*operands, axes=None, shape=None, **options):
            given = [self.tensor(one) for one in operands]
            if len(self.graph.ops) in self.swapped:
                given.reverse()
            size = np.broadcast_shapes(*(one.shape for one in given)) if shape is None else shape
            if axes is not None:
                options["keep_dims"] = True
                kept = {axis % len(size) for axis in axes}
                size = tuple(1 if axis in kept else one for axis, one in enumerate(size))
                given.append(self.graph.constant("axes", np.int32(axes)))
            return graphs.op(self.graph, name, given, size, options=options)

        return op

    def tensor(self, value):
        if isinstance(value, (int, float, np.generic, np.ndarray)):
            return self.graph.constant("c", np.asarray(value, np.float32))
        return value

    def ends_in(self, *outputs):
        self.graph.outputs = list(outputs)
        return self


def layer_norm(axes=(-1,), gain=GAIN, offset=OFFSET, swapped=(), shape=SHAPE):
    """As Keras 3 writes it."""
    g = Graph(shape, swapped)
    mean = g.MEAN(g.x, axes=axes)
    variance = g.MEAN(g.SQUARED_DIFFERENCE(g.x, mean), axes=axes)
    scale = g.MUL(g.RSQRT(g.ADD(variance, EPSILON)), gain)
    rest = g.ADD(g.MUL(g.NEG(mean), scale), offset)
    return g.ends_in(g.ADD(g.MUL(g.x, scale), rest))


def rms_norm(swapped=()):
    g = Graph(swapped=swapped)
    root = g.RSQRT(g.ADD(g.MEAN(g.MUL(g.x, g.x), axes=(-1,)), EPSILON))
    return g.ends_in(g.MUL(g.MUL(g.x, root), GAIN))


def centered():
    """(x - mean) / sqrt(variance + epsilon) * gain + offset, of tf.nn.moments."""
    g = Graph()
    mean = g.MEAN(g.x, axes=(2,))
    variance = g.MEAN(g.SQUARE(g.SUB(g.x, mean)), axes=(2,))
    root = g.SQRT(g.ADD(EPSILON, variance))
    return g.ends_in(g.ADD(g.MUL(g.DIV(g.SUB(g.x, mean), root), GAIN), OFFSET))


def square_minus_square():
    """The variance as the mean square less the squared mean, and means as sums times 1 / 8."""
    g = Graph()
    mean = g.MUL(g.SUM(g.x, axes=(2,)), 1 / 8)
    square = g.MUL(g.SUM(g.SQUARE(g.x), axes=(2,)), 1 / 8)
    variance = g.SUB(square, g.MUL(mean, mean))
    root = g.POW(g.ADD(variance, EPSILON), -0.5)
    return g.ends_in(
        g.SUB(g.MUL(g.MUL(g.x, root), GAIN), g.SUB(g.MUL(mean, g.MUL(root, GAIN)), OFFSET))
    )


def region(made):
    return match(Surroundings(made.graph), made.graph.ops[-1])


def form(made):
    found = region(made)
    assert found is not None
    assert set(found.ops) == set(made.graph.ops)
    assert list(found.inputs) == [made.x]
    assert list(found.outputs) == made.graph.outputs
    return found.options["form"]


@pytest.mark.parametrize("made", [layer_norm, centered, square_minus_square])
def test_layer_norms(made):
    found = form(made())
    assert found.view == View(6, 1, 1, 8)
    assert found.subtracts_mean
    assert found.root.of.is_variance
    assert found.root.of.epsilon == pytest.approx(EPSILON, rel=1e-4)
    np.testing.assert_allclose(found.gain, GAIN, rtol=1e-5)
    np.testing.assert_allclose(found.offset, OFFSET, rtol=1e-5)


def commutative(made):
    return [i for i, op in enumerate(made.graph.ops) if op.name in ("ADD", "MUL")]


@pytest.mark.parametrize("made", [layer_norm, rms_norm])
def test_the_order_of_operands_does_not_matter(made):
    places, wanted = commutative(made()), form(made())
    for count in range(len(places) + 1):
        for swapped in itertools.combinations(places, count):
            found = form(made(swapped=swapped))
            assert (found.view, found.root) == (wanted.view, wanted.root)
            assert (found.gain == wanted.gain).all()
            assert (found.offset == wanted.offset).all()


def test_rms_norm():
    found = form(rms_norm())
    assert not found.subtracts_mean
    assert found.root == Root(Spread(False, float(EPSILON)))
    assert (found.gain == GAIN).all()
    assert not found.offset.any()


@pytest.mark.parametrize(
    ("axes", "gain", "view", "period"),
    [
        ((2,), GAIN, View(6, 1, 1, 8), 8),
        ((1, 2), GAIN, View(1, 1, 1, 48), 48),
        ((1,), GAIN, View(1, 6, 8, 1), 8),
        ((1,), np.arange(1, 7).reshape(6, 1), View(1, 6, 8, 1), 48),
        ((0, 1, 2), 2.0, View(1, 1, 1, 48), 48),
    ],
)
def test_axes(axes, gain, view, period):
    found = form(layer_norm(axes, gain, offset=0.5))
    assert (found.view, found.gain.size) == (view, period)
    expected = np.broadcast_to(np.float32(gain), SHAPE).ravel()
    assert (np.resize(found.gain, 48) == expected).all()


def test_groups():
    """GroupNorm: the channels are split for it, and joined behind it."""
    g = Graph((2, 5, 12))
    split = g.RESHAPE(g.x, shape=(2, 5, 3, 4))
    mean = g.MEAN(split, axes=(1, 3))
    difference = g.SUB(split, mean)
    root = g.RSQRT(g.ADD(g.MEAN(g.SQUARE(difference), axes=(1, 3)), EPSILON))
    gain = np.arange(1, 13).reshape(1, 1, 3, 4)
    found = form(g.ends_in(g.RESHAPE(g.MUL(difference, g.MUL(root, gain)), shape=(2, 5, 12))))
    assert found.view == View(2, 5, 3, 4)
    assert found.gain.tolist() == list(range(1, 13))


def test_transposed_for_the_statistics():
    """tf_keras brings the rows to the front of a batch normalization."""
    g = Graph((1, 6, 8))
    rows = g.RESHAPE(g.x, shape=(1, 6, 8, 1))
    order = g.graph.constant("order", np.int32([0, 2, 3, 1]))
    back = g.graph.constant("back", np.int32([0, 3, 1, 2]))
    turned = graphs.op(g.graph, "TRANSPOSE", [rows, order], (1, 8, 1, 6))
    axes = g.graph.constant("axes", np.int32([0, 1, 2]))
    mean = graphs.op(g.graph, "MEAN", [turned, axes], (6,), options={"keep_dims": False})
    difference = g.SQUARED_DIFFERENCE(turned, mean)
    variance = graphs.op(g.graph, "MEAN", [difference, axes], (6,), options={"keep_dims": False})
    root = g.RSQRT(g.ADD(variance, EPSILON))
    scaled = g.ADD(g.MUL(turned, root), g.SUB(np.zeros(6), g.MUL(mean, root)))
    again = graphs.op(g.graph, "TRANSPOSE", [scaled, back], (1, 6, 8, 1))
    found = form(g.ends_in(g.MUL(g.RESHAPE(again, shape=SHAPE), GAIN)))
    assert found.view == View(6, 1, 1, 8)
    assert (found.gain == GAIN).all()


@pytest.mark.parametrize(
    ("bounded", "floor"),
    [
        (lambda g, squares: g.RSQRT(g.MAXIMUM(squares, 1e-6)), 1e-6),
        (lambda g, squares: g.MINIMUM(g.RSQRT(squares), 1e3), 1e-6),
        (lambda g, squares: g.DIV(1.0, g.MAXIMUM(g.SQRT(squares), 1e-3)), 1e-6),
        (lambda g, squares: g.RSQRT(squares), 0.0),
    ],
)
def test_norms_that_are_kept_from_0(bounded, floor):
    g = Graph()
    squares = g.SUM(g.SQUARE(g.x), axes=(2,))
    found = form(g.ends_in(g.MUL(g.x, bounded(g, squares))))
    assert found.root.of.floor == pytest.approx(floor / 8, rel=1e-5)
    np.testing.assert_allclose(found.gain, 8**-0.5, rtol=1e-6)


def test_standard_deviation_plus_epsilon():
    g = Graph()
    mean = g.MEAN(g.x, axes=(2,))
    deviation = g.SQRT(g.MEAN(g.SQUARED_DIFFERENCE(g.x, mean), axes=(2,)))
    found = form(g.ends_in(g.DIV(g.SUB(g.x, mean), g.ADD(deviation, EPSILON))))
    assert found.root == Root(Spread(True, 0.0), after=float(EPSILON))


def test_the_builtin_op():
    g = Graph()
    found = form(g.ends_in(g.L2_NORMALIZATION(g.x)))
    assert found.root.of.floor == pytest.approx(1e-12 / 8)
    np.testing.assert_allclose(found.gain, 8**-0.5, rtol=1e-6)


def test_an_activation_at_the_end_is_taken_along_and_one_inside_is_not():
    made = rms_norm()
    made.graph.ops[-1].options["fused_activation_function"] = "RELU"
    assert region(made).options["fused_activation_function"] == "RELU"
    made.graph.ops[-2].options["fused_activation_function"] = "RELU"
    assert region(made) is None
    made.graph.ops[-2].options["fused_activation_function"] = "NONE"
    made.graph.ops[-1].options["fused_activation_function"] = "TANH"
    assert region(made) is None


def test_what_comes_before_is_left_alone():
    g = Graph()
    before = g.ADD(g.x, OFFSET)
    root = g.RSQRT(g.MEAN(g.SQUARE(before), axes=(2,)))
    found = region(g.ends_in(g.MUL(before, root)))
    assert list(found.inputs) == [before]
    assert len(found.ops) == 4


def test_a_gain_that_is_computed_stays_outside():
    g = Graph()
    other = graphs.tensor(g.graph, "other", SHAPE)
    g.graph.inputs.append(other)
    scaled = g.MUL(g.x, g.RSQRT(g.MEAN(g.SQUARE(g.x), axes=(2,))))
    g.ends_in(g.MUL(scaled, other))
    assert region(g) is None
    patch(g.model, [LAYER_NORM])
    assert [op.name for op in g.graph.ops] == ["tflitekit.layer_norm", "MUL"]


def test_what_others_read_stays_for_them():
    made = layer_norm()
    mean = made.graph.ops[0].outputs[0]
    made.graph.outputs.append(mean)
    patch(made.model, (LAYER_NORM,))
    assert [op.name for op in made.graph.ops] == ["MEAN", "tflitekit.layer_norm"]


def test_two_normalizations_with_statistics_in_common():
    """As a converter leaves them that computes nothing twice."""
    made = Graph()
    mean = made.MEAN(made.x, axes=(-1,))
    variance = made.MEAN(made.SQUARED_DIFFERENCE(made.x, mean), axes=(-1,))
    centered, root = made.SUB(made.x, mean), made.RSQRT(made.ADD(variance, EPSILON))
    for gain in (GAIN, OFFSET):
        made.graph.outputs.append(made.MUL(centered, made.MUL(root, gain)))
    patch(made.model, (LAYER_NORM,))
    assert [op.name for op in made.graph.ops] == ["tflitekit.layer_norm"] * 2


def test_what_scales_a_normalization_that_others_read_is_none():
    made = layer_norm()
    (norm,) = made.graph.outputs
    made.ends_in(made.SIN(norm), made.MUL(norm, OFFSET))
    patch(made.model, (LAYER_NORM,))
    assert [op.name for op in made.graph.ops] == ["tflitekit.layer_norm", "SIN", "MUL"]


def other_axes():
    g = Graph()
    mean = g.MEAN(g.x, axes=(1,))
    square = g.MEAN(g.SQUARE(g.x), axes=(2,))
    return g.ends_in(g.MUL(g.SUB(g.x, mean), g.RSQRT(square)))


def twice_the_mean():
    g = Graph()
    mean = g.MEAN(g.x, axes=(2,))
    root = g.RSQRT(g.MEAN(g.SQUARED_DIFFERENCE(g.x, mean), axes=(2,)))
    return g.ends_in(g.MUL(g.SUB(g.x, g.MUL(mean, 2.0)), root))


def weighted():
    g = Graph()
    return g.ends_in(g.MUL(g.x, g.RSQRT(g.MEAN(g.SQUARE(g.MUL(g.x, GAIN)), axes=(2,)))))


def roots_of_elements():
    g = Graph()
    return g.ends_in(g.MUL(g.x, g.RSQRT(g.SQUARE(g.x))))


def no_root():
    g = Graph()
    return g.ends_in(g.SUB(g.x, g.MEAN(g.x, axes=(2,))))


def fourth_powers():
    g = Graph()
    square = g.SQUARE(g.x)
    return g.ends_in(g.MUL(g.x, g.RSQRT(g.MEAN(g.SQUARE(square), axes=(2,)))))


def transposed(g, tensor):
    order = g.graph.constant("order", np.int32([0, 2, 1]))
    return graphs.op(g.graph, "TRANSPOSE", [tensor, order], (1, 8, 8))


def root_of_squares(g):
    return g.RSQRT(g.MEAN(g.SQUARE(g.x), axes=(2,)))


def by_the_roots_of_other_rows():
    g = Graph((1, 8, 8))
    return g.ends_in(transposed(g, g.MUL(transposed(g, g.x), root_of_squares(g))))


def turned():
    g = Graph((1, 8, 8))
    return g.ends_in(transposed(g, g.MUL(g.x, root_of_squares(g))))


def negative_spread():
    g = Graph()
    return g.ends_in(g.MUL(g.x, g.RSQRT(g.SUB(1.0, g.MEAN(g.SQUARE(g.x), axes=(2,))))))


def half_a_variance():
    g = Graph()
    square = g.MEAN(g.SQUARE(g.x), axes=(2,))
    mean = g.MEAN(g.x, axes=(2,))
    return g.ends_in(g.MUL(g.x, g.RSQRT(g.SUB(square, g.MUL(0.5, g.MUL(mean, mean))))))


def the_root_alone():
    g = Graph((1, 6, 1))
    return g.ends_in(g.RSQRT(g.ADD(g.MEAN(g.SQUARE(g.x), axes=(2,)), EPSILON)))


def wide_gain():
    g = Graph((1, 6, 1))
    root = g.RSQRT(g.MEAN(g.SQUARE(g.x), axes=(1,)))
    return g.ends_in(g.MUL(g.MUL(g.x, root), GAIN))


@pytest.mark.parametrize(
    "made",
    [
        *(other_axes, twice_the_mean, weighted, roots_of_elements, no_root),
        *(fourth_powers, by_the_roots_of_other_rows, turned, negative_spread, half_a_variance),
        *(the_root_alone, wide_gain),
    ],
)
def test_what_is_no_normalization(made):
    assert region(made()) is None


def names(made, kernels):
    patch(made.model, kernels)
    return [op.name for op in made.graph.ops]


def test_rows_have_a_kernel_of_their_own():
    kernels = (LAYER_NORM, GROUP_NORM)
    assert names(layer_norm(), kernels) == ["tflitekit.layer_norm"]
    assert names(rms_norm(), kernels) == ["tflitekit.layer_norm"]
    assert names(layer_norm((1,)), kernels) == ["tflitekit.group_norm"]
    long = layer_norm(gain=1.0, offset=0.0, shape=(2, 5000))
    assert names(long, kernels) == ["tflitekit.group_norm"]


def test_elements_over_a_variance_are_not_bounded_by_their_row():
    """LayerNormalization(rms_scaling=True) divides by the deviation from a mean that it leaves."""
    g = Graph()
    mean = g.MEAN(g.x, axes=(2,))
    root = g.RSQRT(g.ADD(g.MEAN(g.SQUARED_DIFFERENCE(g.x, mean), axes=(2,)), EPSILON))
    g.ends_in(g.MUL(g.x, root))
    assert names(g, (LAYER_NORM, GROUP_NORM)) == ["tflitekit.group_norm"]


@pytest.mark.parametrize(
    ("change", "fires"),
    [({}, True), ({"bias": 0.0}, False), ({"alpha": -1.0}, False), ({"radius": 128}, False)],
)
def test_local_response_normalization(change, fires):
    g = Graph()
    options = {"radius": 2, "bias": 1.0, "alpha": 0.1, "beta": 0.75} | change
    g.ends_in(g.LOCAL_RESPONSE_NORMALIZATION(g.x, **options))
    assert (names(g, (LRN,)) == ["tflitekit.lrn"]) == fires
