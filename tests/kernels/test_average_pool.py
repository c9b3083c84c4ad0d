"""Every version of tflitekit.average_pool gives the bits of the reference."""

import numpy as np
import pytest

from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels.average_pool import pack, reference
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

# (images, height, width, channels), window, stride, padding
FORMS = (
    ((1, 1, 1, 1), (1, 1), (1, 1), "VALID"),
    ((2, 7, 5, 3), (2, 2), (2, 2), "SAME"),
    ((1, 9, 11, 31), (3, 3), (1, 1), "SAME"),
    ((1, 8, 8, 32), (3, 2), (2, 3), "VALID"),
    ((2, 6, 7, 33), (5, 5), (1, 2), "SAME"),
    ((1, 17, 16, 8), (17, 16), (1, 1), "VALID"),
    ((1, 40, 23, 67), (40, 23), (1, 1), "VALID"),
    ((1, 3, 5, 16), (1, 1), (2, 2), "SAME"),
    ((0, 4, 4, 8), (2, 2), (2, 2), "VALID"),
)


def made(form, x_zero=-3, y_zero=9, scale=0.7, activation="NONE"):
    (images, *sizes, channels), window, strides, padding = form
    free = [
        size if padding == "SAME" else size - length + 1
        for size, length in zip(sizes, window, strict=True)
    ]
    counts = [-(-one // stride) for one, stride in zip(free, strides, strict=True)]
    options = {"padding": padding, "fused_activation_function": activation}
    for name, letter, length, stride in zip(
        ("height", "width"), "hw", window, strides, strict=True
    ):
        options |= {f"filter_{name}": length, f"stride_{letter}": stride}
    x = Tensor("x", (images, *sizes, channels), "float32")
    y = Tensor("y", (images, *counts, channels), "float32")
    params = QuantParams((0.1 * scale,), (x_zero,), "int8"), QuantParams((0.1,), (y_zero,), "int8")
    factors, packed = pack(Op("AVERAGE_POOL_2D", [x], [y], options), params[:1], params[1:])
    return aligned(factors), aligned(packed)


def values(shape, kind):
    if kind == "random":
        return np.random.default_rng(sum(shape)).integers(-128, 128, shape).astype(np.int8)
    return np.full(shape, {"least": -128, "greatest": 127}[kind], np.int8)


@pytest.mark.parametrize("kind", ["random", "least", "greatest"])
@pytest.mark.parametrize("form", FORMS)
def test_windows(native, form, kind):
    x = aligned(values(form[0], kind), 5)
    for changes in (
        {"x_zero": -128, "y_zero": -128},
        {"activation": "RELU6", "scale": 1.7},
        {"scale": 300.0, "x_zero": 127},
        {"scale": 0.003},
    ):
        factors, packed = made(form, **changes)
        (wanted,) = reference(x, factors, packed)
        for isa in versions(native, "average_pool"):
            got = np.full_like(wanted, 99)
            assert native.call("average_pool", [x, factors, packed], [got], isa) is None
            assert (got == wanted).all(), isa


def test_threads_do_not_change_what_is_computed(native):
    form = ((1, 60, 60, 64), (3, 3), (1, 1), "SAME")
    x, (factors, packed) = values(form[0], "random"), made(form)
    (wanted,) = reference(x, factors, packed)
    native.use_threads(2)
    try:
        got = np.zeros_like(wanted)
        assert native.call("average_pool", [x, factors, packed], [got]) is None
    finally:
        native.use_threads(1)
    assert (got == wanted).all()


@pytest.mark.parametrize("form", [form for form in FORMS if form[0][0]])
def test_the_reference_is_the_mean(form):
    x = values(form[0], "random")
    factors, packed = made(form)
    y = reference(x, factors, packed)[0].astype(np.float64)
    real = {"x": (x.astype(np.float64) + 3) * 0.07, "y": (y - 9) * 0.1}
    wanted = means(real["x"], form, factors.shape)
    assert np.abs(real["y"] - wanted).max() <= 0.1 * 0.53


def means(x, form, shape):
    """By TensorFlow's definition: what lies outside of the image does not count."""
    (_, (height, width), (down, right), padding) = form
    y = np.empty((x.shape[0], *shape, x.shape[3]))
    for row, column in np.ndindex(*shape):
        top, left = row * down, column * right
        if padding == "SAME":
            top -= max((shape[0] - 1) * down + height - x.shape[1], 0) // 2
            left -= max((shape[1] - 1) * right + width - x.shape[2], 0) // 2
        window = x[:, max(top, 0) : top + height, max(left, 0) : left + width]
        y[:, row, column] = window.mean(axis=(1, 2))
    return y


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (0, 0, "window"),
        (2, 0, "window"),
        (2, 100, "window"),
        (4, 2, "window"),
        (5, -1, "window"),
        (6, 6, "aligned"),
        (6, -24, "aligned"),
        (7, 16, "shift"),
        (8, 1 << 15, "shift"),
        (9, -1, "shift"),
        (10, 128, "int8"),
        (11, -129, "int8"),
    ],
)
def test_parameters_that_cannot_be_are_refused(native, field, value, reason):
    form = FORMS[1]
    factors, packed = made(form)
    packed.view(np.int32)[field] = value
    y = np.zeros((2, *factors.shape, 3), np.int8)
    given = [values(form[0], "random"), factors, packed]
    assert reason in native.call("average_pool", given, [y])


def test_wrong_tensors_are_refused(native):
    form = FORMS[1]
    x, (factors, packed) = values(form[0], "random"), made(form)
    y = np.zeros((2, *factors.shape, 3), np.int8)
    run = lambda *inputs, to=y: native.call("average_pool", inputs, [to])  # noqa: E731
    assert "truncated" in run(x, factors, packed[:16])
    assert "shape" in run(x, factors, packed, to=y[:, :1].copy())
    assert "axes" in run(x[0], factors, packed)
    assert "int16" in run(x, factors.astype(np.int32), packed)
    assert "int8" in run(x.astype(np.int16), factors, packed)
    assert "inputs" in run(x, factors)
    assert "window" in run(x, factors[:-2].copy(), packed, to=y[:, :-2].copy())


def test_infer_takes_the_size_from_the_factors(native):
    assert native.infer("average_pool", [(2, 9, 9, 5), (3, 4), (64,)]) == ((2, 3, 4, 5),)
