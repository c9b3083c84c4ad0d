"""Every version of tflitekit.attention gives the bits of the reference, which is an attention."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.logit_terms import additive, constant, truth
from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels.attention import pack, reference
from tflitekit.kernels.logits.packed import place_terms
from tflitekit.kernels.operands.moved import layout_of
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

Q, K, V, Y = (
    QuantParams((scale,), (zero_point,), "int8")
    for scale, zero_point in ((0.02, 3), (0.03, -128), (0.05, 77), (0.01, -9))
)


def by_distance(shape):
    """How far each key is behind each query."""
    return np.arange(shape[-1]) - np.arange(shape[-2])[:, None]


MASKS = {
    "none": lambda rng, shape: [],
    "bool": lambda rng, shape: [truth(rng, (1, 1, *shape[2:]), keeps=True)],
    "padding": lambda rng, shape: [truth(rng, (1, 1, 1, shape[3]), keeps=True, dtype="int32")],
    "causal": lambda rng, shape: [constant(np.where(np.tri(*shape[2:]), 0, -1e9))],
    "constant": lambda rng, shape: [constant(np.where(rng.random(shape) < 0.7, 0, -1e9))],
    "bias": lambda rng, shape: [constant(rng.normal(0, 2, shape))],
    "by distance": lambda rng, shape: [
        constant(by_distance(shape) * np.array([0.5, 0.25])[:, None, None])
    ],
    "float and bool": lambda rng, shape: [
        additive(rng, shape, 0.05),
        truth(rng, shape, keeps=False),
    ],
}
SIZES = (1, 5, 6, 7, 15, 16, 17, 33, 64, 65)


class Attention:
    """An attention of [1, heads, tokens, width]; each of q, k, v and y as its order says."""

    def __init__(
        self, heads=2, queries=7, keys=9, depth=12, columns=12, order=(0, 2, 1, 3), mask="none"
    ):
        rng = np.random.default_rng(queries + 7 * keys)
        shapes = [(queries, depth), (keys, depth), (keys, columns), (queries, columns)]
        full = [(1, heads, *shape) for shape in shapes]
        self.inverse = np.argsort(order)
        self.stored = [tuple(shape[axis] for axis in order) for shape in full]
        layouts = []
        for shape in self.stored:
            places = np.arange(np.prod(shape)).reshape(shape).transpose(self.inverse)
            layouts.append(layout_of(places, (1, heads), places.shape[2]))
        self.given = MASKS[mask](rng, (1, heads, queries, keys))
        placed = place_terms([one.term for one in self.given], (1, heads, queries, keys))
        self.options = {
            "layouts": tuple(layouts),
            "sizes": (queries, keys, depth, columns),
            "factor": 0.3,
            "value_factor": 1.0,
            "terms": placed.terms,
            "empty_is_zero": False,
        }
        self.operands = [*placed.float_operands, *placed.truth_operands]
        self.tensors = [rng.integers(-128, 128, shape).astype(np.int8) for shape in self.stored[:3]]

    def inputs(self, y=Y):
        floats = [one for one in self.given if one.params is not None]
        truths = [one for one in self.given if one.array is not None and one.params is None]
        operands = [Tensor("x", shape, "int8") for shape in self.stored]
        op = Op("attention", [*operands[:3], *self.operands], [operands[3]], self.options)
        params = [Q, K, V, *(one.params for one in floats)]
        params += [None] * (len(op.inputs) - len(params))
        constants = pack(op, params, [y])
        return [aligned(one) for one in (*self.tensors, *(m.array for m in (*floats, *truths)))] + [
            aligned(one) for one in constants
        ]

    def real(self):
        """Without masks, in real numbers, as it is stored."""
        q, k, v = (
            params.dequantize(one).astype(float).transpose(self.inverse)
            for params, one in zip((Q, K, V), self.tensors, strict=True)
        )
        logits = 0.3 * q @ k.swapaxes(-1, -2)
        weights = np.exp(logits - logits.max(-1, keepdims=True))
        y = weights / weights.sum(-1, keepdims=True) @ v
        return y.transpose(np.argsort(self.inverse))


def check(native, inputs):
    (wanted,) = reference(*inputs)
    for isa in versions(native, "attention"):
        got = np.full(wanted.shape, 99, np.int8)
        assert native.call("attention", inputs, [got], isa) is None
        assert (got == wanted).all(), isa
    return wanted


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("keys", SIZES)
def test_every_version_gives_the_bits_of_the_reference(native, keys, mask):
    queries = SIZES[-1 - SIZES.index(keys)]
    check(native, Attention(queries=queries, keys=keys, mask=mask).inputs())


@pytest.mark.parametrize(
    ("depth", "columns"), list(itertools.product((1, 4, 31, 32), (1, 16, 33, 70)))
)
def test_awkward_widths(native, depth, columns):
    check(native, Attention(depth=depth, columns=columns).inputs())


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_operands_lie_as_their_layouts_say(native, order):
    attention = Attention(queries=13, keys=21, depth=16, columns=16, order=(0, *order))
    check(native, attention.inputs())


@pytest.mark.parametrize("offset", [1, 3, 17])
def test_operands_that_are_not_aligned(native, offset):
    attention = Attention(keys=33, mask="bool")
    inputs = attention.inputs()
    for place in range(4):
        inputs[place] = aligned(inputs[place], offset)
    check(native, inputs)


def test_it_is_an_attention(native):
    attention = Attention(queries=31, keys=40, depth=16)
    steps = check(native, attention.inputs(V))
    # Half a step, and what weights in parts of an octave are off: a fraction of a percent of 255.
    assert np.abs(V.dequantize(steps) - attention.real()).max() < 1.2 * V.scales[0]


def test_extreme_values_and_many_keys(native):
    attention = Attention(heads=1, queries=7, keys=2049, depth=64)
    rng = np.random.default_rng(0)
    attention.tensors = [
        rng.choice([-128, 127], one.shape).astype(np.int8) for one in attention.tensors
    ]
    check(native, attention.inputs())
    attention.tensors = [np.full(one.shape, 127, np.int8) for one in attention.tensors]
    check(native, attention.inputs(QuantParams((1e-6,), (0,), "int8")))


def test_a_block_that_speaks_of_more_than_there_is(native):
    attention = Attention(mask="bool")
    inputs = attention.inputs()
    y = np.zeros((1, 7, 2, 12), np.int8)
    for place, what in (
        (0, "another size"),
        (1, "another size"),
        (2, "another size"),
        (3, "another size"),
    ):
        less = list(inputs)
        less[place] = np.ascontiguousarray(inputs[place].reshape(-1)[:-1])
        assert what in native.call("attention", less, [y])
    assert "missing" in native.call("attention", [*inputs[:3], *inputs[4:]], [y])
    assert not y.any()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        *((field, 0, "sizes are wrong") for field in range(1, 5)),
        (0, -1, "sizes are wrong"),
        (2, 1 << 26, "too large"),
        (3, 32769, "too large"),
        (5, 0, "too large"),
        (5, 15, "too large"),
        (10, 0.0, "scale"),
        (10, -0.1, "scale"),
        (10, np.nan, "scale"),
    ],
)
def test_parameters_that_cannot_be_are_refused(native, field, value, reason):
    inputs = Attention().inputs()
    inputs[-1].view(np.float32 if isinstance(value, float) else np.int32)[field] = value
    assert reason in native.call("attention", inputs, [np.zeros((1, 7, 2, 12), np.int8)])


@pytest.mark.parametrize(("offset", "fits"), [(-1, False), (0, True), (1, False)])
def test_a_mask_by_distance_that_leaves_its_constant(native, offset, fits):
    attention = Attention(mask="causal")
    (term,) = attention.options["terms"]
    layout = replace(term.layout, offsets=term.layout.offsets + np.int32(offset))
    attention.options["terms"] = (replace(term, layout=layout),)
    reason = native.call("attention", attention.inputs(), [np.zeros((1, 7, 2, 12), np.int8)])
    assert reason is None if fits else "another size" in reason


def test_a_causal_mask_takes_little_of_the_block():
    without, causal = (
        Attention(queries=64, keys=64, mask=mask).inputs()[-1] for mask in ("none", "causal")
    )
    assert causal.size - without.size <= 256


def test_threads_do_not_change_what_is_computed(native):
    inputs = Attention(heads=3, queries=120, keys=70, mask="float and bool").inputs()
    native.use_threads(2)
    try:
        check(native, inputs)
    finally:
        native.use_threads(1)
