"""Every version of tflitekit.group_norm gives the bits of the reference, a normalization."""

import numpy as np
import pytest

from tflitekit.graph.model import Op
from tflitekit.kernels.group_norm import HEADER, pack, reference
from tflitekit.kernels.normalize.algebra import Root, Spread
from tflitekit.kernels.normalize.form import Form, View
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

X = QuantParams((0.05,), (7,), "int8")
Y = QuantParams((0.03,), (-11,), "int8")
VIEWS = (
    View(1, 1, 1, 1),
    View(3, 1, 1, 7),
    View(2, 1, 1, 129),
    View(1, 2, 2, 1),
    View(2, 9, 3, 5),
    View(1, 5, 15, 1),
    View(1, 7, 4, 4),
    View(3, 6, 17, 1),
    View(1, 3, 2, 65),
    View(2, 50, 8, 8),
    View(1, 331, 31, 1),
)
KINDS = {
    "variance": (True, Root(Spread(True, 1e-3))),
    "mean square": (False, Root(Spread(False, 1e-6))),
    "variance about zero": (False, Root(Spread(True, 1e-3))),
    "norm": (False, Root(Spread(False, 0.0, floor=1e-24))),
    "norm from 20 on": (False, Root(Spread(False, 0.0, floor=20.0))),
    "standard deviation": (True, Root(Spread(True, 0.0), after=1e-6)),
}


def form(view, kind="variance", repeats=1):
    rng = np.random.default_rng(0)
    subtracts_mean, root = KINDS[kind]
    period = view.groups * view.columns * repeats
    gain, offset = rng.normal(1, 0.5, period), rng.normal(0, 0.5, period)
    return Form(view, subtracts_mean, root, gain.astype(np.float32), offset.astype(np.float32))


def packed(form, x=X, y=Y, activation="NONE"):
    options = {"form": form, "fused_activation_function": activation}
    (parameters,) = pack(Op("tflitekit.group_norm", [], [], options), [x], [y])
    return aligned(parameters)


def shape(view):
    return (view.blocks, view.rows, view.groups, view.columns)


def elements(view):
    """Noise, and groups that are constant or at the ends."""
    rng = np.random.default_rng(view.columns)
    x = rng.integers(-128, 128, shape(view))
    if view.groups > 2:
        x[:, :, 0], x[:, :, 1] = -128, 7
    return x.astype(np.int8)


def check(native, x, parameters):
    (wanted,) = reference(x, parameters)
    for isa in versions(native, "group_norm"):
        got = np.full(x.shape, 99, np.int8)
        assert native.call("group_norm", [x, parameters], [got], isa) is None
        assert (got == wanted).all(), isa


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_version_gives_the_bits_of_the_reference(native, view, kind):
    check(native, elements(view), packed(form(view, kind)))
    check(native, aligned(elements(view), 3), packed(form(view, kind)))


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_gains_that_differ_from_row_to_row(native, view):
    check(native, elements(view), packed(form(view, repeats=view.rows * view.blocks)))


def test_more_elements_than_lanes_of_32_bits_can_sum(native):
    for view in View(1, 1, 1, (1 << 20) + 3), View(1, (1 << 17) + 5, 8, 1):
        x = np.full(shape(view), -128, np.int8)
        x[..., -1] = 127
        check(native, x, packed(form(view)))


def test_extreme_scales_and_activations(native):
    view = View(1, 6, 5, 3)
    for x_scale in (1e-6, 1.0, 1e4):
        for y_scale in (1e-5, 0.02, 10.0):
            params = (
                QuantParams((x_scale,), (-128,), "int8"),
                QuantParams((y_scale,), (127,), "int8"),
            )
            for kind in KINDS:
                check(native, elements(view), packed(form(view, kind), *params))
    check(native, elements(view), packed(form(view), activation="RELU"))
    check(native, elements(view), packed(form(view), activation="RELU6"))


def test_no_elements(native):
    check(native, np.zeros((0, 4, 2, 3), np.int8), packed(form(View(1, 4, 2, 3))))


def test_in_place(native):
    for view in VIEWS:
        x, parameters = elements(view), packed(form(view))
        (wanted,) = reference(x, parameters)
        for isa in versions(native, "group_norm"):
            y = x.copy()
            assert native.call("group_norm", [y, parameters], [y], isa) is None
            assert (y == wanted).all(), isa


def test_threads_do_not_change_what_is_computed(native):
    native.use_threads(2)
    try:
        for view in (View(300, 1, 1, 700), View(2, 900, 8, 12)):
            check(native, elements(view), packed(form(view)))
    finally:
        native.use_threads(1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_is_the_normalization(kind):
    made = form(View(2, 40, 3, 4), kind)
    x = np.random.default_rng(1).normal(5, 30, (2, 40, 3, 4)).round().clip(-128, 127)
    real = X.dequantize(x).astype(np.float64)
    mean = real.mean((1, 3), keepdims=True)
    square = np.square(real).mean((1, 3), keepdims=True)
    spread = made.root.of
    v = square - mean**2 if spread.is_variance else square
    root = np.sqrt(np.maximum(v + spread.epsilon, spread.floor)) + made.root.after
    centered = (real - mean if made.subtracts_mean else real) / root
    gain, offset = (one.reshape(3, 4) for one in (made.gain, made.offset))
    exact = (centered * gain + offset) / Y.scales[0] + Y.zero_points[0]
    (y,) = reference(x.astype(np.int8), packed(made))
    assert np.abs(y - exact.clip(-128, 127)).max() <= 0.501


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_group_divides_by_no_zero(kind):
    made = form(View(1, 4, 2, 3), kind)
    x = np.full((1, 4, 2, 3), X.zero_points[0], np.int8)
    (y,) = reference(x, packed(made))
    assert (y.reshape(-1, 6) == np.rint(made.offset / Y.scales[0] + Y.zero_points[0])).all()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("rows", 0, "axis"),
        ("rows", 1, "one row or one group"),
        ("groups", 1, "one row or one group"),
        ("groups", 4, "fit"),
        ("columns", 3, "fit"),
        ("columns", 1 << 30, "fit"),
        ("period", 9, "fit"),
        ("period", 1 << 30, "truncated"),
        ("zero_point", 128, "zero point"),
        ("high", 128, "limits"),
        ("low", 128, "limits"),
    ],
)
def test_parameters_that_cannot_be_are_refused(native, field, value, reason):
    view = View(2, 9, 3, 5)
    x, parameters = elements(view), packed(form(view))
    parameters[: HEADER.itemsize].view(HEADER)[field] = value
    assert reason in native.call("group_norm", [x, parameters], [x.copy()])


def test_wrong_tensors_are_refused(native):
    view = View(2, 9, 3, 5)
    x, parameters = elements(view), packed(form(view))
    y = x.copy()
    for size in (0, 47, 64, 123, 128, 187):
        assert "truncated" in native.call("group_norm", [x, aligned(parameters[:size])], [y])
    assert "shape" in native.call("group_norm", [x, parameters], [x[1:].copy()])
    assert "int8" in native.call("group_norm", [x.astype(np.int32), parameters], [y])
    assert "int8" in native.call("group_norm", [x.astype(np.int16), parameters], [y])
    assert "inputs" in native.call("group_norm", [x], [y])
