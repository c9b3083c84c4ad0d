"""Ops whose int8 kernel in LiteRT is missing, wrong, or slower than float."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tests.fakes.one_op import Given, OneOp, ints, values

IMAGE = Given((1, 56, 56, 64), -1.0, 3.0)
TOKENS = Given((1, 197, 768), -2.0, 1.0)
SMALL = Given((2, 5, 7, 3), -1.0, 3.0)

FASTER = 1.0
"""Ours is to be no slower than the float op."""

PLAIN = {"fused_activation_function": "NONE"}
SHAPES = {
    "channels": ((64,), (1, 1, 1, 64)),
    "places": ((1, 56, 56, 1),),
}
"""Of operands that broadcast against an image, constant or computed."""

KERAS: dict[str, tuple[str, tuple[Given, ...]]] = {
    "x / ops.sum(x, -1, keepdims=True)": ("arithmetic", (Given((1, 9, 32), 0.0, 2.0),)),
    "x / (ops.abs(y) + 0.1)": ("arithmetic", (Given((1, 9, 32)), Given((1, 9, 32)))),
    "x / (1e-5 + ops.abs(y))": ("arithmetic", (Given((1, 9, 32)), Given((1, 9, 1), 0.2, 2.0))),
    "x / ops.array([1.0, -2.0, 0.7])": ("arithmetic", (Given((1, 9, 3)),)),
    "ops.square(x - ops.mean(x, -1, keepdims=True)) + (x - y) ** 2 / x": (
        "arithmetic",
        (Given((1, 9, 32), 0.5, 3.0), Given((1, 9, 32))),
    ),
    "x * layers.Dense(3, 'sigmoid')(ops.mean(x, (1, 2), keepdims=True))": (
        "arithmetic",
        (Given((1, 9, 7, 3)),),
    ),
    "layers.PReLU(alpha_initializer='uniform', shared_axes=[1, 2])(x)": (
        "arithmetic",
        (Given((1, 9, 7, 5)),),
    ),
    "ops.where(x > y, x, y * 0.5)": ("arithmetic", (Given((1, 9, 7)), Given((1, 9, 7), -2.0, 2.0))),
    "ops.cast(x <= y, 'float32') + x": ("arithmetic", (Given((1, 9, 7)), Given((1, 9, 1)))),
    "layers.AveragePooling2D(2)(x)": ("average_pool", (Given((1, 9, 7, 5)),)),
    "layers.AveragePooling2D((3, 2), strides=1, padding='same')(x)": (
        "average_pool",
        (Given((2, 9, 7, 5)),),
    ),
    "layers.AveragePooling1D(3, strides=2, padding='same')(x)": (
        "average_pool",
        (Given((1, 17, 8)),),
    ),
    "ops.power(x, y)": ("pair_table", (Given((1, 9, 7), 0.1, 2.0), Given((1, 9, 1), -1.0, 2.0))),
    "ops.arctan2(x, y)": ("pair_table", (Given((1, 9, 7)), Given((1, 9, 7), -2.0, 2.0))),
    "ops.floor_divide(x, y)": ("pair_table", (Given((1, 9, 7)), Given((1, 9, 7), 0.5, 2.0))),
    "ops.mod(x, y)": ("pair_table", (Given((1, 9, 7)), Given((1, 9, 7), 0.5, 2.0))),
    "x * ops.expand_dims(ops.cast(ops.not_equal(i, 0), 'float32'), -1)": (
        "cast",
        (Given((1, 9, 7)), Given((1, 9), 0, 3, "int32")),
    ),
    "x * ops.cast(i, 'float32')": ("cast", (Given((1, 9)), Given((1, 9), 0, 3, "int32"))),
    "ops.one_hot(i, 10) + 0.0 * ops.mean(x)": (
        "one_hot",
        (Given((1, 9)), Given((1, 9), 0, 10, "int32")),
    ),
    "ops.cumsum(x, axis=1)": ("cumulative_sum", (Given((1, 9, 7)),)),
    "ops.cumsum(x, axis=-1)": ("cumulative_sum", (Given((1, 9, 7)),)),
    "ops.scatter_update(x, ops.expand_dims(i, -1), y)": (
        "scatter",
        (Given((12, 7)), Given((1,), 0, 12, "int32"), Given((1, 7), -2.0, 2.0)),
    ),
    "ops.scatter_update(x, [[1], [5]], y)": ("scatter", (Given((12, 7)), Given((2, 7), -2.0, 2.0))),
    "ops.scatter(ops.expand_dims(i, -1), y, (12, 7))": (
        "scatter",
        (Given((12, 7)), Given((3,), 0, 12, "int32"), Given((3, 7), -2.0, 2.0)),
    ),
    "ops.cast(ops.cast(x, 'int32'), 'float32')": ("table", (Given((1, 9, 7), -9.0, 9.0),)),
}
"""What people write with `keras.ops`, and layers: x and y are real, i are integers."""


def cases() -> Iterator[KernelCase]:
    yield from _arithmetic()
    yield from _pools()
    yield from _pairs()
    yield from _placements()
    yield from _integers()
    for source, (kernel, given) in KERAS.items():
        build = partial(lowered, "repaired", "expression", source, *_described(given))
        yield KernelCase(kernel, source, build, _sample(given))


def expression(source: str, *inputs: Any) -> Any:
    """A Keras model of one of `KERAS`; runs in the child.

    Args:
        inputs: of each: its letter, its shape and its type.
    """
    from keras import Input, Model, layers, ops

    given = {
        letter: Input(shape[1:], batch_size=shape[0], dtype=dtype, name=letter)
        for letter, shape, dtype in inputs
    }
    return Model(list(given.values()), eval(source, {**given, "layers": layers, "ops": ops}))


def _described(given: tuple[Given, ...]) -> list[Any]:
    """Reals are x and y, integers i. Tuples, for the answers are kept by their arguments."""
    reals = iter("xy")
    return [(next(reals) if one.dtype == "float32" else "i", one.shape, one.dtype) for one in given]


def _arithmetic() -> Iterator[KernelCase]:
    for op in ("SQUARED_DIFFERENCE", "MUL", "ADD", "SUB", "DIV"):
        options = {} if op == "SQUARED_DIFFERENCE" else PLAIN
        low = 0.4 if op == "DIV" else -3.0
        for name, shapes in SHAPES.items():
            for shape in shapes:
                operand = Given(shape, low, 2.0)
                one = OneOp(op, f"{name} {shape}", (IMAGE, operand), options)
                yield _one("arithmetic", one, FASTER)
        constant = values(64, low=0.4, high=2.0)
        yield _one("arithmetic", OneOp(op, "constants", (IMAGE, constant), options), FASTER)
        rows = (TOKENS, Given((1, 197, 1), low, 2.0))
        yield _one("arithmetic", OneOp(op, "rows", rows, options), FASTER)
        both = (Given((2, 1, 7, 3)), Given((5, 1, 3), low, 2.0))
        yield _one("arithmetic", OneOp(op, "both sides", both, options))
        reversed_ = (Given((3,), low, 2.0), Given((2, 5, 7, 3), 0.5, 3.0))
        yield _one("arithmetic", OneOp(op, "the first", reversed_, options))
    same = (IMAGE, Given(IMAGE.shape, -4.0, 2.0))
    yield _one("arithmetic", OneOp("SQUARED_DIFFERENCE", "", same), FASTER)
    yield _one("arithmetic", OneOp("MUL", "", same, PLAIN), FASTER)
    divisors = Given(IMAGE.shape, 0.4, 2.0)
    yield _one("arithmetic", OneOp("DIV", "of images", (IMAGE, divisors), PLAIN), FASTER)
    near = (Given((1, 9, 64), 5.0, 5.5), Given((1, 9, 1), 5.0, 5.5))
    yield _one("arithmetic", OneOp("SQUARED_DIFFERENCE", "of near values", near))
    relu = {"fused_activation_function": "RELU6"}
    yield _one("arithmetic", OneOp("ADD", "RELU6", (SMALL, Given((3,), -3.0, 9.0)), relu))
    for name, divisor in {
        "": Given(SMALL.shape, 0.5, 2.0),
        "small quotients": Given(SMALL.shape, 50.0, 90.0),
        "small divisors": Given(SMALL.shape, 0.05, 2.0),
        "divisors around zero": Given(SMALL.shape, -2.0, 2.0),
        "negative divisors": Given((3,), -2.0, -0.5),
    }.items():
        yield _one("arithmetic", OneOp("DIV", name, (SMALL, divisor), PLAIN))
    slopes = values(1, 1, 64, low=-0.1, high=0.5)
    yield _one("arithmetic", OneOp("PRELU", "channels", (IMAGE, slopes)), FASTER)
    computed = Given((1, 1, 64), -0.1, 0.5)
    yield _one("arithmetic", OneOp("PRELU", "computed", (IMAGE, computed)), FASTER)
    other = Given(IMAGE.shape, -4.0, 2.0)
    for op in ("LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"):
        yield _one("arithmetic", OneOp(op, "", (IMAGE, other), outputs=("bool",)), FASTER)
        yield _one("lookup", OneOp(op, "", (IMAGE, np.float32(0.7)), outputs=("bool",)), FASTER)


def _pools() -> Iterator[KernelCase]:
    for size, stride, padding, image in (
        (2, 2, "VALID", IMAGE),
        (3, 1, "SAME", IMAGE),
        (3, 2, "SAME", IMAGE),
        (7, 7, "VALID", IMAGE),
        (56, 1, "VALID", IMAGE),
        (7, 1, "VALID", Given((1, 7, 7, 1280), 0.0, 6.0)),
        (5, 2, "SAME", Given((2, 9, 11, 3), -1.0, 3.0)),
    ):
        options = {
            **PLAIN, "padding": padding, "stride_w": stride, "stride_h": stride,
            "filter_width": size, "filter_height": size,
        }  # fmt: skip
        name = f"{size} by {stride} {padding} of {image.shape}"
        limit = FASTER if image.shape[0] == 1 else None
        yield _one("average_pool", OneOp("AVERAGE_POOL_2D", name, (image,), options), limit)


def _pairs() -> Iterator[KernelCase]:
    above = Given(IMAGE.shape, 0.5, 4.0)
    yield _one("pair_table", OneOp("ATAN2", "", (IMAGE, above)), FASTER)
    yield _one("pair_table", OneOp("POW", "", (above, IMAGE)), FASTER)
    yield _one("pair_table", OneOp("FLOOR_MOD", "", (SMALL, values(3, low=0.5, high=2.0))))
    yield _one("pair_table", OneOp("FLOOR_DIV", "", (SMALL, Given((7, 1), 0.5, 2.0))))


def _placements() -> Iterator[KernelCase]:
    rows, shape = Given((64, 192)), ints(128, 192)
    places = ints(*([i] for i in range(0, 128, 2)))
    yield _one("scatter", OneOp("SCATTER_ND", "", (places, rows, shape)), FASTER)
    far = (ints([1], [3], [0]), Given((3, 8), 2.0, 3.0), ints(5, 8))
    yield _one("scatter", OneOp("SCATTER_ND", "away from zero", far))
    twice = (ints([1], [3], [1]), Given((3, 8)), ints(5, 8))
    yield _one("scatter", OneOp("SCATTER_ND", "one place twice", twice))
    points = (Given((6, 2), 0, 4, "int32"), Given((6,)), ints(4, 5))
    yield _one("scatter", OneOp("SCATTER_ND", "points", points))
    computed = (Given((3, 1), 0, 5, "int32"), Given((3, 2, 8)), ints(5, 2, 8))
    yield _one("scatter", OneOp("SCATTER_ND", "computed places", computed))
    indices = Given((64,), 0, 1000, "int32")
    for name, on, off in (("", 1.0, 0.0), ("other values", 2.5, -1.0)):
        operands = (indices, np.int32(1000), np.float32(on), np.float32(off))
        yield _one("one_hot", OneOp("ONE_HOT", name, operands, {"axis": -1}), FASTER)
    for axis, exclusive, reverse in ((1, False, False), (1, True, False), (1, False, True)):
        options = {"exclusive": exclusive, "reverse": reverse}
        name = f"axis {axis} exclusive {exclusive} reverse {reverse}"
        limit = None if exclusive or reverse else FASTER
        one = OneOp("CUMSUM", name, (TOKENS, np.int32(axis)), options)
        yield _one("cumulative_sum", one, limit)


def _integers() -> Iterator[KernelCase]:
    for dtype in ("bool", "int32", "int64"):
        kinds = {"in_data_type": dtype, "out_data_type": "float32"}
        given = Given((1, 197, 192), 0, 50, dtype)
        yield _one("cast", OneOp("CAST", f"from {dtype}", (given,), kinds))
        kinds = {"in_data_type": "float32", "out_data_type": dtype}
        given = Given((1, 9, 7), -9.0, 5.0)
        yield _one("lookup", OneOp("CAST", f"to {dtype}", (given,), kinds, outputs=(dtype,)))


def _one(kernel: str, one: OneOp, most_time: float | None = None) -> KernelCase:
    given = tuple(operand for operand in one.operands if isinstance(operand, Given))
    return KernelCase(kernel, one.name, one.build, _sample(given), most_time)


def _sample(given: tuple[Given, ...]) -> Callable[[np.random.Generator], Arrays]:
    return lambda rng: [one.sample(rng) for one in given]
