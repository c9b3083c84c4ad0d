"""Every version of tflitekit.add_norm gives the bits of the reference, which is a sum and
normalizations of it."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.kernels.test_layer_norm import KINDS, form, real
from tflitekit.graph.model import Op
from tflitekit.kernels.add_norm import SUM_HEADER, pack, reference
from tflitekit.kernels.block import ALIGNMENT
from tflitekit.kernels.normalize.rows import HEADER, MOST_COLUMNS
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

COLUMNS = (1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 384, 1009)
ZERO_POINTS = {"a": 7, "b": -9, "sum": 5, "y": -11}
SCALES = {
    "a": {"int8": 0.05, "int16": 3e-4},
    "b": {"int8": 0.02, "int16": 1e-4},
    "sum": {"int8": 0.06, "int16": 4e-4},
    "y": {"int8": 0.03, "int16": 2e-4},
}
TYPES = tuple(itertools.product(("int8", "int16"), ("int8", "int16"), ("int8", "int16")))


def of(**types):
    """The parameters of tensors by their types; None for a sum that is not given."""
    return {name: params(name, dtype) for name, dtype in types.items() if dtype}


def params(name, dtype):
    zero_point = ZERO_POINTS[name] if dtype == "int8" else 0
    return QuantParams((SCALES[name][dtype],), (zero_point,), dtype)


def packed(form, a, b, y, sum=None, again=None, scales=(None, None), activation="NONE"):
    """`again` is of a second normalization, with another gain."""
    forms = (form,) if again is None else (form, other(form))
    options = {"forms": forms, "scales": scales, "fused_activation_function": activation}
    outputs = [one for one in (sum, y, again) if one is not None]
    (parameters,) = pack(Op("tflitekit.add_norm", [], [], options), [a, b], outputs)
    return aligned(parameters)


def other(form):
    factors = np.linspace(0.5, 3, form.gain.size, dtype=np.float32)
    return replace(form, gain=form.gain * factors, offset=form.offset * factors)


def factors(columns, seed):
    """Of columns: some negative, one far larger than the others."""
    given = np.random.default_rng(seed).uniform(-1, 1, columns).astype(np.float32)
    given[columns // 2] = 50
    return given


def rows(columns, dtype, seed=0):
    """Rows of all kinds: of noise, of a few steps, constant, at both ends, with an outlier."""
    rng = np.random.default_rng(seed)
    limits = np.iinfo(dtype)
    noise = rng.integers(limits.min, limits.max + 1, (3, columns))
    few = rng.integers(-3, 4, (2, columns)) + rng.integers(-99, 99, (2, 1))
    constant = np.repeat([[limits.min], [7], [limits.max]], columns, 1)
    ends = rng.choice([limits.min, limits.max], (2, columns))
    outlier = rng.integers(-1, 2, (2, columns))
    outlier[:, 0] = limits.max, limits.min
    return np.vstack([noise, few, constant, ends, outlier]).astype(dtype)


def check(native, a, b, parameters, types):
    wanted = reference(a, b, parameters)
    assert [one.dtype for one in wanted] == types
    for isa in versions(native, "add_norm"):
        got = [np.full(a.shape, 99, dtype) for dtype in types]
        assert native.call("add_norm", [a, b, parameters], got, isa) is None
        assert all((one == other).all() for one, other in zip(got, wanted, strict=True)), isa


@pytest.mark.parametrize("total", [None, "int8", "int16"])
@pytest.mark.parametrize(("a", "b", "y"), TYPES)
def test_every_version_gives_the_bits_of_the_reference(native, a, b, total, y):
    types = [one for one in (total, y) if one]
    for columns in COLUMNS:
        parameters = packed(form(columns), **of(a=a, b=b, sum=total, y=y))
        check(native, rows(columns, a), rows(columns, b, 1), parameters, types)


@pytest.mark.parametrize("again", ["int8", "int16"])
@pytest.mark.parametrize("total", [None, "int8", "int16"])
@pytest.mark.parametrize("y", ["int8", "int16"])
def test_columns_of_their_own_scales_and_a_second_normalization(native, total, y, again):
    types = [one for one in (total, y, again) if one]
    for columns, both in itertools.product((1, 16, 33, 384), (False, True)):
        scales = (factors(columns, 0) if both else None, factors(columns, 1))
        given = of(a="int16", b="int8", sum=total, y=y) | {"again": params("y", again)}
        parameters = packed(form(columns), **given, scales=scales)
        check(native, rows(columns, "int16"), rows(columns, "int8", 1), parameters, types)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_and_the_longest_row(native, kind):
    for columns in (33, MOST_COLUMNS):
        given = of(a="int16", b="int8", sum="int16", y="int8")
        parameters = packed(form(columns, kind), **given)
        a, b = rows(columns, "int16"), rows(columns, "int8", 1)
        check(native, a, b, parameters, ["int16", "int8"])


def test_operands_that_are_not_aligned(native):
    parameters = packed(form(33), **of(a="int8", b="int16", sum="int16", y="int16"))
    for offset in (2, 6, 34):
        a, b = aligned(rows(33, "int8"), offset + 1), aligned(rows(33, "int16", 1), offset)
        check(native, a, b, parameters, ["int16", "int16"])


def test_extreme_scales_and_activations(native):
    a, b = rows(97, "int8"), rows(97, "int16", 1)
    for size, y_size in itertools.product((1e-6, 1.0, 1e4), (1e-6, 0.02, 10.0)):
        given = of(b="int16", sum="int16") | {
            "a": QuantParams((size,), (-128,), "int8"),
            "y": QuantParams((y_size,), (127,), "int8"),
        }
        for kind in KINDS:
            check(native, a, b, packed(form(97, kind), **given), ["int16", "int8"])
    for activation in ("RELU", "RELU_N1_TO_1"):
        given = of(a="int8", b="int16", y="int16")
        check(native, a, b, packed(form(97), **given, activation=activation), ["int16"])


def test_no_and_one_row_and_threads(native):
    given = of(a="int8", b="int8", sum="int8", y="int8")
    a, b, types = rows(5, "int8"), rows(5, "int8", 1), ["int8", "int8"]
    check(native, a[:0], b[:0], packed(form(5), **given), types)
    check(native, a[:1], b[:1], packed(form(5), **given), types)
    native.use_threads(2)
    try:
        a, b = (np.tile(rows(384, "int8", seed), (40, 1)) for seed in (0, 1))
        check(native, a, b, packed(form(384), **given), types)
    finally:
        native.use_threads(1)


def test_in_place(native):
    parameters = packed(form(130), **of(a="int16", b="int8", sum="int16", y="int8"))
    a, b = rows(130, "int16"), rows(130, "int8", 1)
    total, y = reference(a, b, parameters)
    for isa in versions(native, "add_norm"):
        mine, other = a.copy(), b.copy()
        assert native.call("add_norm", [mine, other, parameters], [mine, other], isa) is None
        assert (mine == total).all(), isa
        assert (other == y).all(), isa


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("total", [None, "int8", "int16"])
def test_the_reference_is_a_sum_and_its_normalization(kind, total):
    made = form(96, kind)
    given = of(a="int16", b="int8", sum=total, y="int16")
    rng = np.random.default_rng(1)
    a = rng.normal(0, 3000, (50, 96)).astype(np.int16)
    b = rng.normal(0, 30, (50, 96)).clip(-128, 127).astype(np.int8)
    *sums, y = reference(a, b, packed(made, **given))
    exact = given["a"].dequantize(a) + given["b"].dequantize(b)
    if sums:
        error = given["sum"].dequantize(sums[0]) - exact
        assert np.abs(error).max() <= 0.51 * given["sum"].scales[0]
    error = given["y"].dequantize(y) - real(exact, made)
    assert np.sqrt(np.square(error).mean()) <= 1.5 * given["y"].scales[0]


def test_the_reference_scales_columns_and_normalizes_twice():
    made, rng = form(96), np.random.default_rng(1)
    given = of(a="int16", b="int8", sum="int16", y="int16")
    a = rng.normal(0, 3000, (50, 96)).astype(np.int16)
    b = rng.normal(0, 30, (50, 96)).clip(-128, 127).astype(np.int8)
    columns = rng.uniform(-2, 2, 96).astype(np.float32)
    options = {"again": params("y", "int8"), "scales": (None, columns)}
    total, y, again = reference(a, b, packed(made, **given, **options))
    exact = given["a"].dequantize(a) + given["b"].dequantize(b) * columns
    error = given["sum"].dequantize(total) - exact
    assert np.abs(error).max() <= 0.51 * given["sum"].scales[0]
    error = given["y"].dequantize(y) - real(exact, made)
    assert np.sqrt(np.square(error).mean()) <= 1.5 * given["y"].scales[0]
    wanted = options["again"].quantize(real(exact, other(made)))
    assert np.abs(again.astype(int) - wanted).max() <= 1


def test_a_sum_that_is_not_given_never_saturates():
    """The ends of a and of b add up to more than either can hold."""
    made = form(8, "RMSNorm")
    given = of(a="int8", b="int8", y="int16")
    a, b = np.full((1, 8), -128, np.int8), np.full((1, 8), -128, np.int8)
    a[0, 4:], b[0, 4:] = 7, 127
    (y,) = reference(a, b, packed(made, **given))
    exact = real(given["a"].dequantize(a) + given["b"].dequantize(b), made)
    assert np.abs(given["y"].dequantize(y) - exact).max() <= 1e-3


def test_a_channel_that_is_50_times_as_large_costs_nothing():
    """In an int8 sum, the other channels would have five steps."""
    made, rng = form(384), np.random.default_rng(0)
    x = rng.normal(0, 1, (64, 384))
    x[:, 7] *= 50
    total = QuantParams((np.abs(x).max() / 32767,), (0,), "int16")
    b = np.zeros((64, 384), np.int8)
    y_params = QuantParams((0.08,), (0,), "int8")
    none = QuantParams((1e-6,), (0,), "int8")
    parameters = packed(made, a=total, b=none, sum=total, y=y_params)
    _, y = reference(total.quantize(x), b, parameters)
    wanted = real(x, made)
    small = np.arange(384) != 7
    noise = (y_params.dequantize(y) - wanted)[:, small]
    assert np.sqrt(np.square(noise).mean()) <= 0.31 * y_params.scales[0]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("sum_bits", 0, "as the parameters say"),
        ("sum_bits", 7, "sum"),
        ("sum_bits", 16, "sum"),
        ("a_zero", 128, "zero point"),
        ("b_zero", 1, "zero point"),
        ("sum_zero", -129, "zero point"),
        ("a_scales", 2, "truncated"),
        ("b_scales", -1, "truncated"),
        ("sum_scale", np.nan, "scale"),
        ("columns", 31, "length"),
        ("columns", 0, "columns"),
        ("columns", 1 << 13, "columns"),
    ],
)
def test_sums_that_cannot_be_are_refused(native, field, value, reason):
    a, b, parameters = small_call()
    parameters[: SUM_HEADER.itemsize].view(SUM_HEADER)[field] = value
    assert reason in native.call("add_norm", [a, b, parameters], outputs(a))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("columns", 31, "length"),
        ("columns", 0, "columns"),
        ("y_bits", 8, "y"),
        ("low", -1 << 16, "limits"),
    ],
)
def test_normalizations_that_cannot_be_are_refused(native, field, value, reason):
    a, b, parameters = small_call()
    parameters[3 * ALIGNMENT :][: HEADER.itemsize].view(HEADER)[field] = value
    assert reason in native.call("add_norm", [a, b, parameters], outputs(a))


def test_wrong_tensors_are_refused(native):
    a, b, parameters = small_call()
    for size in (0, 31, 64, 128, 191, 192, 239, 256, 383, 384, 511):
        said = native.call("add_norm", [a, b, aligned(parameters[:size])], outputs(a))
        assert "truncated" in said
    assert "shape" in native.call("add_norm", [a, b[1:].copy(), parameters], outputs(a))
    assert "shape" in native.call("add_norm", [a, b, parameters], outputs(a[1:]))
    wrong = [a.astype(np.int32), b, parameters]
    assert "int8 or int16" in native.call("add_norm", wrong, outputs(a))
    assert "sum" in native.call("add_norm", [a, b, parameters], outputs(a)[1:])
    assert "inputs" in native.call("add_norm", [a, parameters], outputs(a))
    more = [*outputs(a), np.zeros(a.shape, np.int8)]
    assert "truncated" in native.call("add_norm", [a, b, parameters], more)
    assert "outputs" in native.call("add_norm", [a, b, parameters], [*more, *more])
    assert "whole" in native.call(
        "add_norm",
        [a[:, 1:].copy(), b[:, 1:].copy(), parameters],
        [one[:, 1:].copy() for one in outputs(a)],
    )


def test_axes_of_1_in_front(native):
    a, b, parameters = small_call()
    longer = b[None]
    assert native.infer("add_norm", [a.shape, longer.shape, parameters.shape], 2) == (
        longer.shape,
        longer.shape,
    )
    wanted = reference(a, longer, parameters)
    got = [np.zeros_like(one) for one in wanted]
    assert native.call("add_norm", [a, longer, parameters], got) is None
    assert all((one == other).all() for one, other in zip(got, wanted, strict=True))


def small_call():
    parameters = packed(form(32), **of(a="int8", b="int16", sum="int8", y="int16"))
    return rows(32, "int8"), rows(32, "int16", 1), parameters


def outputs(a):
    return [np.zeros(a.shape, np.int8), np.zeros(a.shape, np.int16)]
