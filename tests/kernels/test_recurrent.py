"""Every version of the recurrent kernels gives the bits of the reference."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from tflitekit.kernels import BY_NAME
from tflitekit.kernels.recurrent.activations import ACTIVATIONS
from tflitekit.kernels.recurrent.cells import KINDS
from tflitekit.kernels.recurrent.geometry import three
from tflitekit.kernels.recurrent.pack import table
from tflitekit.kernels.recurrent.parameters import HEADER, Parameters, Product
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

LARGEST = 32512


@dataclass(frozen=True)
class Form:
    """One layer.

    Attributes:
        kind: its kernel.
        x: the shape of the input.
        state: the shape of a state.
        changes: fields of the header, and "activation", "gate", "steepness" (of the sums).
    """

    kind: str
    x: tuple[int, ...]
    state: tuple[int, ...]
    changes: dict[str, object] = field(default_factory=dict)


def dense(kind, batch, steps, channels, units, **changes):
    return Form(kind, (batch, steps, channels), (batch, units), changes)


CONV = {"window": (1, 3, 2), "same": 1}
FORMS = (
    *(
        dense(kind, 1, steps, channels, units)
        for kind in ("lstm", "gru", "simple_rnn")
        for steps, channels, units in (
            (1, 1, 1), (0, 3, 4), (3, 4, 16), (2, 5, 15), (4, 3, 17), (2, 31, 33), (65, 16, 67),
        )
    ),
    *(dense(kind, 2, 5, 7, 9, go_backwards=1) for kind in ("lstm", "gru", "simple_rnn")),
    *(dense(kind, 0, 5, 7, 9) for kind in ("lstm", "gru", "simple_rnn")),
    *(dense("gru", 1, 5, 6, units, reset_after=0) for units in (1, 8, 13, 35)),
    *(
        dense(kind, 1, 4, 8, 24, steepness=steepness)
        for kind in ("lstm", "gru", "simple_rnn")
        for steepness in (1e-6, 300.0)
    ),
    *(dense("simple_rnn", 1, 6, 4, 20, activation=name) for name in ACTIVATIONS),
    dense("lstm", 1, 6, 4, 20, activation="relu", gate="hard_sigmoid"),
    Form("conv_lstm", (1, 3, 5, 4), (1, 5, 3), {"window": (1, 1, 3), "same": 1}),
    Form("conv_lstm", (2, 2, 4, 5, 3), (2, 4, 5, 7), CONV),
    Form("conv_lstm", (1, 2, 9, 8, 2), (1, 5, 4, 5), {**CONV, "stride": (1, 2, 2)}),
    Form("conv_lstm", (1, 2, 9, 8, 2), (1, 5, 7, 5), {**CONV, "same": 0, "dilation": (1, 2, 1)}),
    Form("conv_lstm", (1, 2, 3, 4, 5, 2), (1, 2, 3, 4, 4), {"window": (2, 2, 2), "same": 0}),
    Form("conv_lstm", (1, 2, 20, 20, 4), (1, 20, 20, 16), CONV),
)  # fmt: skip


def parameters(form):
    kind, rng = KINDS[form.kind], np.random.default_rng(len(form.x) + form.state[-1])
    header, units = np.zeros((), HEADER), form.state[-1]
    header["channels"], header["units"] = form.x[-1], units
    header["window"] = header["stride"] = header["dilation"] = three(())
    header["reset_after"] = 1
    header["x_zero"], header["y_zero"] = -5, 3
    header["first_zeros"], header["first_scales"] = (7, -9), (0.01, 0.03)
    header["last_zeros"], header["last_steps"] = (-1, 2), (100.0, 30.0)
    header["y_steps"], header["h_steps"] = 127.0, LARGEST
    others = dict(form.changes)
    names = others.pop("activation", "tanh"), others.pop("gate", "sigmoid")
    steepness = others.pop("steepness", 1.0)
    for name, value in others.items():
        header[name] = value
    header["activation_scale"] = ACTIVATIONS[names[0]].scale
    header["recurrent_activation_scale"] = ACTIVATIONS[names[1]].scale
    taps = int(np.prod(header["window"]))

    def product(rows, depth, step):
        weights = rng.integers(-127, 128, (rows, depth)).astype(np.int8)
        scales = rng.uniform(0.5, 1, rows) * step * steepness / max(depth, 1) ** 0.5
        biases = rng.normal(size=rows)
        return Product(weights, scales.astype(np.float32), biases.astype(np.float32))

    rows = [kind.gates * units]
    if kind.cell == "gru" and not header["reset_after"]:
        rows = [2 * units, units]
    return Parameters(
        header,
        *(table(ACTIVATIONS[name]) for name in names),
        product(kind.gates * units, taps * form.x[-1], 3e-4),
        [product(count, taps * units, 1.0 / LARGEST / 60) for count in rows],
    )


def operands(form, mask=None, values="random"):
    rng = np.random.default_rng(1)
    shapes = [form.x] + [form.state] * KINDS[form.kind].states
    given = [rng.integers(-128, 128, shape).astype(np.int8) for shape in shapes]
    if values != "random":
        given = [np.full_like(one, values) for one in given]
    masks = [] if mask is None else [rng.random(form.x[:2]) < mask]
    return [*(aligned(one, 3) for one in (*given, *masks)), aligned(parameters(form).block())]


def check(native, form, inputs, with_states=True):
    wanted = BY_NAME[f"tflitekit.{form.kind}"].reference(*inputs)
    wanted = wanted if with_states else wanted[:1]
    for isa in versions(native, form.kind):
        got = [np.full_like(one, 99) for one in wanted]
        assert native.call(form.kind, inputs, got, isa) is None
        for result, expected in zip(got, wanted, strict=True):
            assert (result == expected).all(), isa


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_sizes_and_forms(native, form):
    check(native, form, operands(form))
    check(native, form, operands(form), with_states=False)


@pytest.mark.parametrize("form", FORMS[3:30:4], ids=str)
@pytest.mark.parametrize("value", [-128, 127])
def test_extreme_values(native, form, value):
    check(native, form, operands(form, values=value))


@pytest.mark.parametrize("zero_masked", [0, 1])
@pytest.mark.parametrize("active", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
def test_masks(native, kind, active, zero_masked):
    for backwards in (0, 1):
        form = dense(kind, 2, 9, 4, 8, zero_masked=zero_masked, go_backwards=backwards)
        check(native, form, operands(form, mask=active))


def test_threads_do_not_change_what_is_computed(native):
    form = FORMS[-1]
    native.use_threads(2)
    try:
        check(native, form, operands(form))
    finally:
        native.use_threads(1)


def test_the_block_comes_back():
    form = dense("gru", 1, 5, 6, 13, reset_after=0)
    made = parameters(form)
    back = Parameters.of(KINDS["gru"], made.block(), 6, 13)
    assert back.header == made.header
    assert (back.activation == made.activation).all()
    for one, other in zip((back.x, *back.h), (made.x, *made.h), strict=True):
        assert (one.weights == other.weights).all()
        assert (one.scales == other.scales).all()
        assert (one.biases == other.biases).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"channels": 8}, "the block is for other shapes"),
        ({"units": 8}, "the block is for other shapes"),
        ({"x_zero": 128}, "a zero point is not int8"),
        ({"first_zeros": (0, -129)}, "a zero point is not int8"),
        ({"window": (0, 1, 1)}, "a window is empty"),
        ({"window": (1, 1, 2)}, "the window does not fit the shapes"),
        ({"stride": (1, 1, 9999)}, "a window is too large"),
    ],
)
def test_a_header_without_sense_is_refused(native, change, reason):
    form = Form("lstm", (1, 3, 4), (1, 16), change)
    inputs = operands(form)
    outputs = [np.zeros((1, 3, 16), np.int8)]
    assert native.call("lstm", inputs, outputs) == reason


def test_wrong_shapes_are_refused(native):
    form = FORMS[-1]
    *_, block = inputs = operands(form)
    (x, h, c), y = inputs[:3], [np.zeros((1, 2, 20, 20, 16), np.int8)]
    narrow = aligned(np.ascontiguousarray(x[:, :, :-1]))
    assert native.call("conv_lstm", [narrow, h, c, block], y) == (
        "the window does not fit the shapes"
    )
    assert native.call("conv_lstm", [x, h, h[..., :8].copy(), block], y) == (
        "a state must be int8 [batch, ..., units]"
    )
    assert native.call("lstm", [x, h, c, block], y) == "x and the first states do not fit together"
    mask = np.ones((1, 3), bool)
    assert native.call("conv_lstm", [x, h, c, mask, block], y) == (
        "the mask must be bool [batch, steps]"
    )
    assert native.call("conv_lstm", [x, h, c, block[:-64].copy()], y) == "the block is truncated"
