"""Functions of one value: builtin ops, ops that only TensorFlow has, and what Keras writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.fakes import graphs
from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tflitekit.graph import Model, run_passes
from tflitekit.graph.passes import PASSES

SHAPE = (1, 56, 56, 64)
SMALL = (1, 7, 11, 3)

MOST_TIME = 0.25
HARD_SWISH_TIME = 0.2

BUILTIN = {
    "SIN": (-3.0, 2.0),
    "COS": (-3.0, 2.0),
    "HARD_SWISH": (-5.0, 4.0),
    "NEG": (-3.0, 2.0),
    "SQUARE": (-3.0, 2.0),
    "SQRT": (0.0, 4.0),
    "ELU": (-3.0, 2.0),
    "FLOOR": (-9.0, 5.0),
    "CEIL": (-9.0, 5.0),
    "ROUND": (-9.0, 5.0),
    "SIGN": (-3.0, 2.0),
}
"""What LiteRT's int8 kernel is missing, wrong or slow for, and the values that it is given."""

FASTER = {
    "ABS": (-3.0, 2.0),
    "EXP": (-3.0, 1.0),
    "GELU": (-4.0, 3.0),
    "LEAKY_RELU": (-4.0, 3.0),
    "LOG": (0.5, 4.0),
    "LOGISTIC": (-6.0, 5.0),
    "RELU": (-2.0, 3.0),
    "RELU6": (-2.0, 9.0),
    "RELU_0_TO_1": (-2.0, 3.0),
    "RELU_N1_TO_1": (-2.0, 3.0),
    "RSQRT": (0.5, 4.0),
    "TANH": (-3.0, 2.0),
}
"""What LiteRT's int8 kernel is right for, and slower than a table."""

TENSORFLOW = {
    "Acos": (-1.0, 1.0),
    "Acosh": (1.0, 20.0),
    "Asin": (-1.0, 1.0),
    "Asinh": (-30.0, 30.0),
    "Atan": (-30.0, 30.0),
    "Atanh": (-0.95, 0.95),
    "Cosh": (-3.0, 3.0),
    "Digamma": (0.5, 9.0),
    "Erf": (-3.0, 3.0),
    "Erfc": (-3.0, 3.0),
    "Erfinv": (-0.99, 0.99),
    "Ndtri": (0.01, 0.99),
    "Sinh": (-3.0, 3.0),
    "Tan": (-1.2, 1.2),
}
"""What TensorFlow Lite has no op for."""

KERAS = {
    "celu": (-3.0, 2.0),
    "elu": (-3.0, 2.0),
    "hard_shrink": (-2.0, 2.0),
    "hard_sigmoid": (-5.0, 5.0),
    "hard_silu": (-5.0, 5.0),
    "log_sigmoid": (-6.0, 3.0),
    "mish": (-4.0, 3.0),
    "selu": (-3.0, 2.0),
    "silu": (-5.0, 4.0),
    "soft_shrink": (-2.0, 2.0),
    "softplus": (-4.0, 4.0),
    "softsign": (-5.0, 4.0),
    "sparse_plus": (-3.0, 3.0),
    "squareplus": (-3.0, 3.0),
    "tanh_shrink": (-3.0, 3.0),
}
"""Keras's activations that are several ops, or have no int8 kernel."""

EXPRESSIONS = {
    "x ** 3": (-2.0, 1.5),
    "x ** 0.7": (0.0, 3.0),
    "2.0 ** x": (-3.0, 2.0),
    "1 / x": (0.5, 4.0),
    "x // 0.75": (-3.0, 5.0),
    "x % 0.75": (-3.0, 5.0),
    "ops.threshold(x, 0.5, 0.2)": (-2.0, 2.0),
    "ops.clip(x, -0.5, 0.8)": (-2.0, 2.0),
    "ops.where(x > 0.3, x, 0.1)": (-1.0, 1.0),
    "ops.log1p(ops.exp(x)) * 0.5 - 1": (-3.0, 3.0),
    "ops.cast(x > 0.25, 'float32')": (-1.0, 1.0),
    "layers.Discretization(bin_boundaries=[-1.0, 0.0, 0.5, 2.0])(x)": (-2.0, 3.0),
    "layers.ReLU(max_value=4.0, negative_slope=0.1, threshold=0.5)(x)": (-2.0, 6.0),
    "layers.Rescaling(1 / 127.5, offset=-1.0)(x) ** 2": (0.0, 255.0),
}
"""What people write with `keras.ops`, and layers that are a function of one value."""


def cases() -> Iterator[KernelCase]:
    for name, ends in BUILTIN.items():
        limit = HARD_SWISH_TIME if name == "HARD_SWISH" else MOST_TIME
        yield _case(name, partial(_one_op, name), SHAPE, ends, limit)
    for name, ends in FASTER.items():
        yield _case(name, partial(_one_op, name), SHAPE, ends, most_time=1.0)
    for name, ends in TENSORFLOW.items():
        yield _case(name, partial(_composed, name), SMALL, ends)
    for name, ends in KERAS.items():
        yield _case(name, partial(lowered, "unary", "activation", name), SMALL, ends)
    for source, ends in EXPRESSIONS.items():
        yield _case(source, partial(lowered, "unary", "expression", source), SMALL, ends)


def activation(name: str) -> Any:
    """A Keras model of one activation; runs in the child."""
    from keras import Input, Model, layers

    x = Input(SMALL[1:], batch_size=1)
    return Model(x, layers.Activation(name)(x))


def expression(source: str) -> Any:
    """A Keras model of one of `EXPRESSIONS`; runs in the child."""
    from keras import Input, Model, layers, ops

    x = Input(SMALL[1:], batch_size=1)
    y = eval(source, {"x": x, "layers": layers, "ops": ops})
    return Model(x, ops.cast(y, "float32"))


def _case(
    name: str,
    build: Callable[[], Model],
    shape: tuple[int, ...],
    ends: tuple[float, float],
    most_time: float | None = None,
) -> KernelCase:
    def sample(rng: np.random.Generator) -> Arrays:
        return [rng.uniform(*ends, shape).astype(np.float32)]

    return KernelCase("table", name, build, sample, most_time)


def _one_op(name: str, shape: tuple[int, ...] = SHAPE, *, custom: bool = False) -> Model:
    model = Model()
    graph = model.add_subgraph("main")
    x = graphs.tensor(graph, "x", shape)
    graph.inputs = [x]
    graph.outputs = [graphs.op(graph, name, [x], shape, custom=custom)]
    return model


def _composed(name: str) -> Model:
    model = _one_op(name, SMALL, custom=True)
    run_passes(model, PASSES)
    return model
