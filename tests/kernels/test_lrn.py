"""Every version of tflitekit.lrn gives the bits of the reference, which is the normalization."""

import numpy as np
import pytest

from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels.lrn import HEADER, MOST_RADIUS, pack, reference
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

X = QuantParams((0.05,), (-9,), "int8")
Y = QuantParams((0.004,), (30,), "int8")
OPTIONS = {
    "TensorFlow's own": (5, 1.0, 1.0, 0.5),
    "AlexNet": (2, 2.0, 1e-4, 0.75),
    "no neighbours": (0, 0.5, 3.0, 1.0),
    "all neighbours": (MOST_RADIUS, 1e-3, 7.0, 0.6),
    "no power": (1, 1.0, 1.0, 0.0),
}
CHANNELS = (1, 2, 7, 8, 9, 15, 16, 17, 127, 128, 129, 131, 300)


def packed(channels, options, x=X, y=Y):
    named = dict(zip(("radius", "bias", "alpha", "beta"), options, strict=True))
    op = Op("tflitekit.lrn", [], [Tensor("y", (1, channels), "float32")], named)
    (parameters,) = pack(op, [x], [y])
    return aligned(parameters)


def pixels(channels, rows=5):
    rng = np.random.default_rng(channels)
    noise = rng.integers(-128, 128, (rows, channels))
    return np.vstack([noise, np.full((1, channels), -9), np.full((1, channels), 127)]).astype(
        np.int8
    )


def check(native, x, parameters):
    (wanted,) = reference(x, parameters)
    for isa in versions(native, "lrn"):
        got = np.full(x.shape, 99, np.int8)
        assert native.call("lrn", [x, parameters], [got], isa) is None
        assert (got == wanted).all(), isa


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("channels", CHANNELS)
def test_every_version_gives_the_bits_of_the_reference(native, channels, options):
    check(native, pixels(channels), packed(channels, options))
    check(native, aligned(pixels(channels), 3), packed(channels, options))


def test_extreme_scales(native):
    for scale in (1e-6, 1.0, 1e3):
        steep = QuantParams((scale,), (127,), "int8")
        check(native, pixels(40), packed(40, OPTIONS["AlexNet"], x=steep))
        check(native, pixels(40), packed(40, OPTIONS["AlexNet"], y=steep))


def test_no_pixels_and_many(native):
    check(native, np.zeros((0, 3), np.int8), packed(3, OPTIONS["AlexNet"]))
    native.use_threads(2)
    try:
        check(native, pixels(64, rows=700), packed(64, OPTIONS["AlexNet"]))
    finally:
        native.use_threads(1)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_the_reference_is_the_normalization(options):
    radius, bias, alpha, beta = options
    x = pixels(200)
    real = X.dequantize(x).astype(np.float64)
    padded = np.pad(np.square(real), [(0, 0), (radius, radius)])
    sums = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=1).sum(-1)
    exact = real * (bias + alpha * sums) ** -beta / Y.scales[0] + Y.zero_points[0]
    (y,) = reference(x, packed(200, options))
    assert np.abs(y - exact.clip(-128, 127)).max() <= 0.51


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("channels", 0, "out of range"),
        ("channels", 31, "has not the channels"),
        ("radius", -1, "out of range"),
        ("radius", MOST_RADIUS + 1, "out of range"),
        ("x_zero", -129, "zero point"),
        ("pieces", 0, "table"),
        ("pieces", 1 << 30, "truncated"),
        ("first", -1, "table"),
    ],
)
def test_parameters_that_cannot_be_are_refused(native, field, value, reason):
    x, parameters = pixels(32), packed(32, OPTIONS["AlexNet"])
    parameters[: HEADER.itemsize].view(HEADER)[field] = value
    assert reason in native.call("lrn", [x, parameters], [x.copy()])


def test_wrong_tensors_are_refused(native):
    x, parameters = pixels(32), packed(32, OPTIONS["all neighbours"])
    for size in (0, 31, 64, 200):
        assert "truncated" in native.call("lrn", [x, aligned(parameters[:size])], [x.copy()])
    assert "shape" in native.call("lrn", [x, parameters], [x[1:].copy()])
    assert "int8" in native.call("lrn", [x.astype(np.int16), parameters], [x.copy()])
    assert "apart" in native.call("lrn", [x, parameters], [x])
    assert "inputs" in native.call("lrn", [x], [x.copy()])
