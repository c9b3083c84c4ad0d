"""Every version of tflitekit.layer_norm gives the bits of the reference, which is a LayerNorm."""

import numpy as np
import pytest

from tflitekit.graph.model import Op
from tflitekit.kernels.layer_norm import pack, reference
from tflitekit.kernels.normalize.algebra import Root, Spread
from tflitekit.kernels.normalize.form import Form, View
from tflitekit.kernels.normalize.rows import HEADER, MOST_COLUMNS
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

COLUMNS = (1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 384, 1009)
X = QuantParams((0.05,), (7,), "int8")
Y = QuantParams((0.03,), (-11,), "int8")
KINDS = {
    "LayerNorm": (True, Root(Spread(True, 1e-3))),
    "RMSNorm": (False, Root(Spread(False, 1e-6))),
    "L2 norm": (False, Root(Spread(False, 0.0, floor=1e-24))),
    "L2 norm from 20 on": (False, Root(Spread(False, 0.0, floor=20.0))),
    "standard deviation": (True, Root(Spread(True, 0.0), after=1e-6)),
    "mean over mean square": (True, Root(Spread(False, 0.1))),
}


def form(columns, kind="LayerNorm", seed=0):
    rng = np.random.default_rng(seed)
    subtracts_mean, root = KINDS[kind]
    gain, offset = rng.normal(1, 0.5, columns), rng.normal(0, 0.5, columns)
    view = View(1, 1, 1, columns)
    return Form(view, subtracts_mean, root, gain.astype(np.float32), offset.astype(np.float32))


def packed(form, x=X, y=Y, activation="NONE"):
    options = {"form": form, "fused_activation_function": activation}
    (parameters,) = pack(Op("tflitekit.layer_norm", [], [], options), [x], [y])
    return aligned(parameters)


def rows(columns, seed=0):
    """Rows of all kinds: of noise, of a few steps, constant, at both ends, with an outlier."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(-128, 128, (3, columns))
    few = rng.integers(-3, 4, (3, columns)) + rng.integers(-125, 125, (3, 1))
    constant = np.repeat([[-128], [7], [127]], columns, 1)
    ends = rng.choice([-128, 127], (2, columns))
    outlier = rng.integers(-1, 2, (2, columns))
    outlier[:, 0] = 127, -128
    return np.vstack([noise, few, constant, ends, outlier]).astype(np.int8)


def real(x, form):
    """The normalization in real numbers."""
    spread = form.root.of
    x = x.astype(np.float64)
    mean = x.mean(-1, keepdims=True)
    v = x.var(-1, keepdims=True) if spread.is_variance else np.square(x).mean(-1, keepdims=True)
    root = np.sqrt(np.maximum(v + spread.epsilon, spread.floor)) + form.root.after
    centered = x - mean if form.subtracts_mean else x
    return centered / np.where(root > 0, root, 1) * form.gain + form.offset


def check(native, x, parameters):
    (wanted,) = reference(x, parameters)
    for isa in versions(native, "layer_norm"):
        got = np.full(x.shape, 99, np.int8)
        assert native.call("layer_norm", [x, parameters], [got], isa) is None
        assert (got == wanted).all(), isa


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("columns", COLUMNS)
def test_every_version_gives_the_bits_of_the_reference(native, columns, kind):
    check(native, rows(columns), packed(form(columns, kind)))


WIDE = (("int16", "int8"), ("int16", "int16"), ("int8", "int16"))


def wide_call(columns, x_type, y_type, kind="LayerNorm", seed=0):
    """Rows and parameters where x or y is int16."""
    x = rows(columns, seed)
    if x_type == "int16":
        x = x.astype(np.int16) * 256 + np.random.default_rng(seed).integers(0, 256, x.shape)
    x_params = QuantParams((2e-4,), (0,), "int16") if x_type == "int16" else X
    y_params = QuantParams((1e-4,), (0,), "int16") if y_type == "int16" else Y
    return x.astype(x_type), packed(form(columns, kind), x_params, y_params), x_params, y_params


@pytest.mark.parametrize(("x_type", "y_type"), WIDE)
@pytest.mark.parametrize("kind", KINDS)
def test_every_version_gives_the_bits_of_the_reference_in_int16(native, kind, x_type, y_type):
    for columns in (*COLUMNS, MOST_COLUMNS):
        x, parameters, _, _ = wide_call(columns, x_type, y_type, kind)
        (wanted,) = reference(x, parameters)
        assert wanted.dtype == y_type
        for isa in versions(native, "layer_norm"):
            got = np.full(x.shape, 99, y_type)
            assert native.call("layer_norm", [x, parameters], [got], isa) is None
            assert (got == wanted).all(), (isa, columns)


@pytest.mark.parametrize(("x_type", "y_type"), WIDE)
@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_in_int16_is_the_normalization(kind, x_type, y_type):
    x, parameters, x_params, y_params = wide_call(96, x_type, y_type, kind)
    exact = real(x_params.dequantize(x), form(96, kind)) / y_params.scales[0]
    limits = np.iinfo(y_type)
    exact = (exact + y_params.zero_points[0]).clip(limits.min, limits.max)
    (y,) = reference(x, parameters)
    # A mean of 32600 steps is right to 0.001 in float32, which counts in rows of small spread.
    assert np.abs(y - exact).max() <= 0.75


def test_a_zero_point_of_int16_is_refused(native):
    x, parameters, _, _ = wide_call(32, "int16", "int8")
    parameters[: HEADER.itemsize].view(HEADER)["zero_point"] = 1
    assert "zero point" in native.call("layer_norm", [x, parameters], [x.astype(np.int8)])


@pytest.mark.parametrize("columns", [1, 33, 384])
def test_operands_that_are_not_aligned(native, columns):
    for offset in (1, 3, 17):
        check(native, aligned(rows(columns), offset), packed(form(columns)))


def test_extreme_scales_and_activations(native):
    x = rows(97)
    for x_scale in (1e-6, 1.0, 1e4):
        for y_scale in (1e-5, 0.02, 10.0):
            params = (
                QuantParams((x_scale,), (-128,), "int8"),
                QuantParams((y_scale,), (127,), "int8"),
            )
            for kind in KINDS:
                check(native, x, packed(form(97, kind), *params))
    check(native, x, packed(form(97), activation="RELU"))
    check(native, x, packed(form(97), activation="RELU_N1_TO_1"))


def test_the_longest_row(native):
    columns = MOST_COLUMNS
    ends = np.full((2, columns), -128, np.int8)
    ends[0] = 127
    x = np.vstack([ends, np.random.default_rng(0).integers(-128, 128, (1, columns))])
    for kind in KINDS:
        check(native, x.astype(np.int8), packed(form(columns, kind)))


def test_sizes_of_no_and_one_row(native):
    check(native, np.zeros((0, 5), np.int8), packed(form(5)))
    check(native, rows(5)[:1], packed(form(5)))


def test_in_place(native):
    x, parameters = rows(130), packed(form(130))
    (wanted,) = reference(x, parameters)
    for isa in versions(native, "layer_norm"):
        y = x.copy()
        assert native.call("layer_norm", [y, parameters], [y], isa) is None
        assert (y == wanted).all(), isa


def test_threads_do_not_change_what_is_computed(native):
    native.use_threads(2)
    try:
        check(native, np.tile(rows(384), (40, 1)), packed(form(384)))
    finally:
        native.use_threads(1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("columns", [8, 96, 1024])
def test_the_reference_is_the_normalization(kind, columns):
    """16 bits are far from as exact as real numbers, and still far below the rounding to int8."""
    made, y_params = form(columns, kind), QuantParams((0.05,), (-11,), "int8")
    x = np.random.default_rng(1).normal(0, 30, (50, columns)).round().clip(-128, 127)
    x = x.astype(np.int8)
    exact = real(X.dequantize(x), made) / y_params.scales[0] + y_params.zero_points[0]
    (y,) = reference(x, packed(made, y=y_params))
    error = (y - exact)[np.abs(exact) < 127]
    assert np.abs(error).max() <= 0.7
    assert np.sqrt(np.square(error).mean()) <= 0.31  # 0.29 of rounding alone


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_row_divides_by_no_zero(kind):
    made = form(16, kind)
    x = np.full((1, 16), X.zero_points[0], np.int8)
    (y,) = reference(x, packed(made))
    assert (y == Y.quantize(made.offset)).all()


def test_epsilon_is_in_units_of_x():
    """Of variance 1e-4 and epsilon 1e-4, the root is the square root of 2e-4."""
    x_params = QuantParams((1e-4,), (0,), "int8")
    one = np.ones(2, np.float32)
    made = Form(View(1, 1, 1, 2), True, Root(Spread(True, 1e-4)), one, 0 * one)
    (y,) = reference(np.int8([[-100, 100]]), packed(made, x_params))
    assert y.tolist() == [[-11 - round(0.5**0.5 / 0.03), -11 + round(0.5**0.5 / 0.03)]]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("columns", 0, "columns"),
        ("columns", MOST_COLUMNS + 1, "columns"),
        ("columns", 31, "whole number of rows"),
        ("zero_point", 128, "zero point"),
        ("high", 128, "limits"),
        ("low", 127, None),
        ("one", 0, "1.0"),
        ("one", float("nan"), "1.0"),
        ("shift", 16, "shift"),
        ("shift", -1, "shift"),
    ],
)
def test_parameters_that_cannot_be_are_refused(native, field, value, reason):
    x, parameters = rows(32), packed(form(32))
    parameters[: HEADER.itemsize].view(HEADER)[field] = value
    said = native.call("layer_norm", [x, parameters], [x.copy()])
    assert said is None if reason is None else reason in said


def test_wrong_tensors_are_refused(native):
    x, parameters = rows(32), packed(form(32))
    for size in (0, 43, 64, 127, 128, 191):
        assert "truncated" in native.call("layer_norm", [x, aligned(parameters[:size])], [x.copy()])
    assert "shape" in native.call("layer_norm", [x, parameters], [x[1:].copy()])
    assert "int8" in native.call("layer_norm", [x.astype(np.int32), parameters], [x.copy()])
    assert "truncated" in native.call("layer_norm", [x.astype(np.int16), parameters], [x.copy()])
    assert "y must" in native.call("layer_norm", [x, parameters], [x.astype(np.int16)])
    assert "inputs" in native.call("layer_norm", [x], [x.copy()])
