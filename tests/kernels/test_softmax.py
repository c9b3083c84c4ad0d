"""Every version of tflitekit.softmax gives the bits of the reference, which is a softmax."""

import numpy as np
import pytest

from tests.fakes.logit_terms import additive, constant, truth
from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels.logits.packed import place_terms
from tflitekit.kernels.softmax import pack, reference
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

COLUMNS = (1, 2, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 197, 1009)
SCALE = 0.07
MASKS = {
    "none": lambda rng, shape: [],
    "bool": lambda rng, shape: [truth(rng, (1, *shape[1:]), keeps=True)],
    "bool that hides": lambda rng, shape: [truth(rng, shape, keeps=False)],
    "two of bool and int32": lambda rng, shape: [
        truth(rng, (shape[0], 1, shape[2]), keeps=True, dtype="int32"),
        truth(rng, (1, shape[1], 1), keeps=True),
    ],
    "causal": lambda rng, shape: [constant(np.where(np.tri(*shape[1:]), 0, -1e9))],
    "constant": lambda rng, shape: [constant(np.where(rng.random(shape) < 0.7, 0, -1e9))],
    "causal and bool": lambda rng, shape: [
        constant(np.where(np.tri(*shape[1:]), 0, -np.inf)),
        truth(rng, shape, keeps=True),
    ],
    "bias": lambda rng, shape: [constant(rng.normal(0, 2, shape))],
    "float": lambda rng, shape: [additive(rng, shape, 0.05)],
    "float, bool and bias": lambda rng, shape: [
        additive(rng, (1, 1, shape[2]), 0.02),
        truth(rng, shape, keeps=True),
        constant(rng.normal(0, 2, (1, *shape[1:]))),
    ],
    "-3e4": lambda rng, shape: [constant(np.where(rng.random(shape) < 0.5, 0, -3e4))],
}


def packed(shape, given, scale=SCALE, empty_is_zero=False):
    """The other inputs of the op: operands of masks, then the block."""
    placed = place_terms([one.term for one in given], shape)
    assert placed is not None
    floats = [one for one in given if one.params is not None]
    truths = [one for one in given if one.array is not None and one.params is None]
    inputs = [Tensor("x", shape, "int8"), *placed.float_operands, *placed.truth_operands]
    options = {"factor": 1.0, "terms": placed.terms, "empty_is_zero": empty_is_zero}
    op = Op("tflitekit.softmax", inputs, [Tensor("y", shape, "int8")], options)
    params = [QuantParams((scale,), (5,), "int8"), *(one.params for one in floats)]
    params += [None] * (len(inputs) - len(params))
    constants = pack(op, params, [None])
    return [aligned(one.array) for one in (*floats, *truths)] + [aligned(one) for one in constants]


def check(native, x, others):
    (wanted,) = reference(x, *others)
    for isa in versions(native, "softmax"):
        got = np.full(x.shape, 99, np.int8)
        assert native.call("softmax", [x, *others], [got], isa) is None
        assert (got == wanted).all(), isa
    return wanted


def logits(shape, seed=0):
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("columns", COLUMNS)
def test_every_version_gives_the_bits_of_the_reference(native, columns, mask):
    shape = (2, 3, columns)
    given = MASKS[mask](np.random.default_rng(columns), shape)
    check(native, logits(shape), packed(shape, given))


@pytest.mark.parametrize("offset", [1, 3, 17])
def test_operands_that_are_not_aligned(native, offset):
    shape = (1, 4, 101)
    check(native, aligned(logits(shape), offset), packed(shape, []))


@pytest.mark.parametrize("scale", [1e-6, 0.01, 1.0, 1e6])
def test_extreme_scales_and_values(native, scale):
    shape = (1, 4, 70)
    x = np.random.default_rng(0).choice([-128, 127], shape).astype(np.int8)
    for mask in ("none", "bias", "bool"):
        check(native, x, packed(shape, MASKS[mask](np.random.default_rng(1), shape), scale))


def test_it_is_a_softmax(native):
    shape = (2, 5, 40)
    x = logits(shape)
    y = (check(native, x, packed(shape, [])).astype(float) + 128) / 256
    exact = np.exp(SCALE * x.astype(float))
    exact /= exact.sum(-1, keepdims=True)
    # Half a step, and what the weights of 15 bits and their reciprocal are off.
    assert np.abs(y - np.minimum(exact, 255 / 256)).max() < 0.53 / 256


def test_a_masked_element_counts_nothing(native):
    shape, rng = (1, 6, 50), np.random.default_rng(3)
    mask = truth(rng, shape, keeps=True)
    x = logits(shape)
    other = np.where(mask.array, x, rng.integers(-128, 128, shape)).astype(np.int8)
    first, second = (check(native, one, packed(shape, [mask])) for one in (x, other))
    assert (first == second).all()
    assert (first[~mask.array] == -128).all()


@pytest.mark.parametrize(("empty_is_zero", "wanted"), [(False, -128 + 4), (True, -128)])
@pytest.mark.parametrize("value", [-1e9, -np.inf, float(np.finfo(np.float32).min)])
def test_a_row_that_is_masked_completely(native, value, empty_is_zero, wanted):
    shape = (1, 2, 64)
    mask = np.zeros(shape)
    mask[0, 1] = value
    y = check(native, logits(shape), packed(shape, [constant(mask)], SCALE, empty_is_zero))
    assert (y[0, 1] == wanted).all()


def test_an_operand_of_a_mask_that_is_too_small(native):
    shape = (2, 3, 33)
    mask, block = packed(shape, [truth(np.random.default_rng(0), shape, keeps=True)])
    x, y = logits(shape), np.zeros(shape, np.int8)
    assert "another size" in native.call("softmax", [x, mask[:, :, 1:].copy(), block], [y])
    assert "missing" in native.call("softmax", [x, block], [y])
    assert "more operands" in native.call("softmax", [x, mask, mask, block], [y])
    assert "int8, bool or int32" in native.call("softmax", [x, x, block], [y])
    assert not y.any()


@pytest.mark.parametrize(
    ("field", "value"), [(0, -1), (1, 0), (2, 0), (4, 0.0), (4, -1.0), (4, np.nan)]
)
def test_parameters_that_cannot_be_are_refused(native, field, value):
    shape = (2, 3, 33)
    (block,) = packed(shape, [])
    block.view(np.float32 if isinstance(value, float) else np.int32)[field] = value
    reason = native.call("softmax", [logits(shape), block], [np.zeros(shape, np.int8)])
    assert reason == "the block's sizes are wrong"


def test_a_row_whose_weights_do_not_fit_int32(native):
    shape = (1, 1, 65537)
    (block,) = packed((1, 1, 65536), [])
    block.view(np.int32)[2] = shape[-1]
    reason = native.call("softmax", [logits(shape), block], [np.zeros(shape, np.int8)])
    assert reason == "the block's sizes are wrong"


def test_threads_do_not_change_what_is_computed(native):
    shape = (7, 33, 197)
    others = packed(shape, MASKS["bool"](np.random.default_rng(0), shape))
    native.use_threads(2)
    try:
        check(native, logits(shape), others)
    finally:
        native.use_threads(1)
