"""From a recurrent layer in float to the constants of its int8 op."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels.base import Pack, Params
from tflitekit.kernels.recurrent.activations import ACTIVATIONS, NAMES, Activation
from tflitekit.kernels.recurrent.attributes import Attributes
from tflitekit.kernels.recurrent.cells import Kind
from tflitekit.kernels.recurrent.geometry import three
from tflitekit.kernels.recurrent.parameters import HEADER, INTERVALS, REACH, Parameters, Product
from tflitekit.kernels.recurrent.reference import LARGEST
from tflitekit.quantize.params import QuantParams

_ROOM = 2.0
"""How far a state without a bound may leave the range that calibration saw of the output."""


def packing(kind: Kind) -> Pack:
    """How one kind of layer is packed: the mask where it is constant, and the block."""

    def run(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
        constants = [np.asarray(one.data) for one in _constants(kind, op)]
        mask = op.inputs[kind.states + 5 :]
        fixed = [np.asarray(one.data) for one in mask if one is not None and one.is_constant]
        reach = _reach_of_first(op.inputs[1], _known(inputs[1]))
        return [*fixed, _parameters(kind, constants, inputs, outputs, reach).block()]

    return run


def _constants(kind: Kind, op: Op) -> list[Tensor]:
    """Kernel, recurrent kernel, bias and attributes."""
    found = op.inputs[kind.states + 1 : kind.states + 5]
    return [one for one in found if one is not None]


def _parameters(
    kind: Kind, constants: Sequence[NDArray[Any]], inputs: Params, outputs: Params, reach: float
) -> Parameters:
    kernel, recurrent, bias, array = constants
    attributes = Attributes.of(array)
    x, *first = (_known(one) for one in inputs[: 1 + kind.states])
    y, *last = (_known(one) for one in outputs)
    activation, gate = (
        ACTIVATIONS[NAMES[code]]
        for code in (attributes.activation, attributes.recurrent_activation)
    )
    largest = max(reach, _largest_made(kind, activation, gate, y))
    header = _header(kind, attributes, kernel.shape, x, first, y, last)
    header["h_steps"] = LARGEST / largest
    header["activation_scale"] = activation.scale
    header["recurrent_activation_scale"] = gate.scale
    biases = bias if kind.cell == "gru" else np.stack([bias, np.zeros_like(bias)])
    return Parameters(
        header,
        table(activation),
        table(gate),
        *_products(kind, attributes, _rows(kernel), _rows(recurrent), biases, x, largest),
    )


def _products(
    kind: Kind,
    attributes: Attributes,
    kernel: NDArray[np.float32],
    recurrent: NDArray[np.float32],
    biases: NDArray[np.float32],
    x: QuantParams,
    largest: float,
) -> tuple[Product, list[Product]]:
    """The products with x and with the state.

    The bias of the state's products counts apart only where a reset gate multiplies it.
    """
    units = len(kernel) // kind.gates
    given, inner = biases[0].copy(), np.zeros_like(biases[1])
    resets = kind.cell == "gru"
    apart = slice(2 * units, None) if resets and attributes.reset_after else slice(0, 0)
    inner[apart] = biases[1][apart]
    given += biases[1] - inner
    step = largest / LARGEST
    parts = [slice(None)]
    if resets and not attributes.reset_after:
        parts = [slice(2 * units), slice(2 * units, None)]
    return (
        _product(kernel, x.scales[0], given),
        [_product(recurrent[part], step, inner[part]) for part in parts],
    )


def _product(rows: NDArray[np.float32], step: float, biases: NDArray[np.float32]) -> Product:
    """Weights in int8, each row with a scale of its own, as for one step of the other factor."""
    largest = np.abs(rows).max(axis=1, initial=0.0)
    scales = np.where(largest > 0, largest, 1.0) / 127
    weights = np.rint(rows / scales[:, None]).astype(np.int8)
    return Product(weights, (scales * step).astype(np.float32), biases.astype(np.float32))


def _rows(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """[rows, depth], from Keras's [..., depth, rows]."""
    return kernel.reshape(-1, kernel.shape[-1]).T


def _header(
    kind: Kind,
    attributes: Attributes,
    shape: tuple[int, ...],
    x: QuantParams,
    first: Sequence[QuantParams],
    y: QuantParams,
    last: Sequence[QuantParams],
) -> NDArray[Any]:
    header = np.zeros((), HEADER)
    header["channels"], header["units"] = shape[-2], shape[-1] // kind.gates
    header["window"] = three(shape[:-2])
    header["stride"], header["dilation"] = attributes.strides, attributes.dilations
    for name in ("same", "go_backwards", "zero_masked", "reset_after"):
        header[name] = getattr(attributes, name)
    header["x_zero"], header["y_zero"] = x.zero_points[0], y.zero_points[0]
    header["y_steps"] = 1 / y.scales[0]
    for index, params in enumerate(first):
        header["first_zeros"][index] = params.zero_points[0]
        header["first_scales"][index] = params.scales[0]
    for index, params in enumerate(last):
        header["last_zeros"][index] = params.zero_points[0]
        header["last_steps"][index] = 1 / params.scales[0]
    return header


def _reach_of_first(state: Tensor | None, params: QuantParams) -> float:
    """The largest magnitude of a first state; most are the constant 0."""
    if state is not None and state.is_constant:
        return float(np.abs(np.asarray(state.data, np.float32)).max(initial=0.0))
    return _reach(params)


def _largest_made(kind: Kind, activation: Activation, gate: Activation, y: QuantParams) -> float:
    """The largest magnitude of a later state that its products provide for: the bound of the
    functions that make it, or else more than was seen."""
    bounds = [activation.bound] if kind.cell != "lstm" else [activation.bound, gate.bound]
    known = [one for one in bounds if one is not None]
    mixes = kind.cell != "gru" or (gate.bound == 1.0 and table(gate).min() >= 0)
    return math.prod(known) if len(known) == len(bounds) and mixes else _ROOM * _reach(y)


def _reach(params: QuantParams) -> float:
    """The largest magnitude that int8 with these parameters has."""
    zero, scale = params.zero_points[0], params.scales[0]
    return float(max(127 - zero, 128 + zero) * scale)


def table(activation: Activation) -> NDArray[np.int16]:
    """The function at the ends of `INTERVALS` intervals of [-REACH, REACH]; int16."""
    x = np.linspace(-REACH, REACH, INTERVALS + 1)
    limits = np.iinfo(np.int16)
    steps = np.rint(activation.function(x) / activation.scale)
    return np.clip(steps, limits.min, limits.max).astype(np.int16)


def _known(params: QuantParams | None) -> QuantParams:
    if params is None:
        raise ValueError("x, states and outputs are int8")
    return params
