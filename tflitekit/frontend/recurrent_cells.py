"""What the recurrent cells of Keras 3 compute in one step, as TensorFlow ops on given weights.

Keras's own cells read variables, which a function that is to become one op must not. Runs in the
child only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tflitekit.kernels.recurrent.activations import CODES
from tflitekit.kernels.recurrent.attributes import Attributes
from tflitekit.kernels.recurrent.geometry import three


@dataclass(frozen=True)
class Weights:
    """What one cell computes with: tensors, and the cell for what else it is."""

    kernel: Any
    recurrent: Any
    bias: Any
    cell: Any


Step = Callable[[Weights, Any, Sequence[Any]], list[Any]]
"""From the weights, one step of the input and the states to the new states, the output first."""


@dataclass(frozen=True)
class Kind:
    """A kind of recurrent cell.

    Attributes:
        op: the custom op's name.
        step: what it computes.
        bias_rows: of the bias; None where it is a vector.
    """

    op: str
    step: Step
    bias_rows: int | None = None


def kind_of(cell: Any) -> Kind:
    """The kind of a cell that `is_known`."""
    return KINDS[type(cell).__name__]


def is_known(cell: Any) -> bool:
    """Whether a cell is exactly one of Keras's own, with functions that the kernels know."""
    return (
        type(cell).__module__.startswith("keras.")
        and type(cell).__name__ in KINDS
        and getattr(cell, "data_format", "channels_last") == "channels_last"
        and all(_name(function) in CODES for function in _functions(cell))
    )


def attributes_of(cell: Any, *, go_backwards: bool, zero_masked: bool) -> Attributes:
    """What the kernels have to know of a cell that `is_known`, in such a layer."""
    activation, recurrent_activation = (CODES[_name(function)] for function in _functions(cell))
    return Attributes(
        activation,
        recurrent_activation,
        go_backwards=int(go_backwards),
        zero_masked=int(zero_masked),
        reset_after=int(getattr(cell, "reset_after", False)),
        same=int(getattr(cell, "padding", "") == "same"),
        strides=three(getattr(cell, "strides", ())),
        dilations=three(getattr(cell, "dilation_rate", ())),
    )


def weights_of(cell: Any) -> list[Any]:
    """Kernel, recurrent kernel and bias as tensors, with zeros for what the bias lacks."""
    import tensorflow as tf

    kernel, recurrent = (tf.convert_to_tensor(one) for one in (cell.kernel, cell.recurrent_kernel))
    rows = kind_of(cell).bias_rows
    shape = (*(() if rows is None else (rows,)), recurrent.shape[-1])
    bias = tf.zeros(shape) if cell.bias is None else tf.convert_to_tensor(cell.bias)
    if tuple(bias.shape) != shape:
        bias = tf.stack([bias, tf.zeros_like(bias)])
    return [kernel, recurrent, bias]


def _functions(cell: Any) -> list[Any]:
    return [cell.activation, getattr(cell, "recurrent_activation", cell.activation)]


def _name(function: Any) -> str:
    """The name of one of Keras's own activation functions; empty for any other function."""
    from keras import activations

    name = str(getattr(function, "__name__", ""))
    return name if getattr(activations, name, None) is function else ""


def _lstm_step(weights: Weights, x: Any, states: Sequence[Any]) -> list[Any]:
    h, c = states
    return _lstm_states(weights, x @ weights.kernel + h @ weights.recurrent + weights.bias, c)


def _conv_lstm_step(weights: Weights, x: Any, states: Sequence[Any]) -> list[Any]:
    import tensorflow as tf

    cell = weights.cell
    h, c = states
    from_x = tf.nn.convolution(
        x, weights.kernel, cell.strides, cell.padding.upper(), dilations=cell.dilation_rate
    )
    from_h = tf.nn.convolution(h, weights.recurrent, 1, "SAME")
    return _lstm_states(weights, from_x + from_h + weights.bias, c)


def _lstm_states(weights: Weights, sums: Any, c: Any) -> list[Any]:
    cell = weights.cell
    i, f, g, o = _gates(sums, 4)
    c = cell.recurrent_activation(f) * c + cell.recurrent_activation(i) * cell.activation(g)
    return [cell.recurrent_activation(o) * cell.activation(c), c]


def _gru_step(weights: Weights, x: Any, states: Sequence[Any]) -> list[Any]:
    cell, (h,) = weights.cell, states
    z_x, r_x, g_x = _gates(x @ weights.kernel + weights.bias[0], 3)
    z_h, r_h, g_h = _gates(h @ weights.recurrent + weights.bias[1], 3)
    z, r = cell.recurrent_activation(z_x + z_h), cell.recurrent_activation(r_x + r_h)
    if cell.reset_after:
        g = cell.activation(g_x + r * g_h)
    else:
        g = cell.activation(g_x + (r * h) @ _gates(weights.recurrent, 3)[2])
    return [z * h + (1 - z) * g]


def _simple_step(weights: Weights, x: Any, states: Sequence[Any]) -> list[Any]:
    sums = x @ weights.kernel + states[0] @ weights.recurrent + weights.bias
    return [weights.cell.activation(sums)]


def _gates(values: Any, count: int) -> list[Any]:
    """The parts of the last axis."""
    import tensorflow as tf

    return list(tf.split(values, count, axis=-1))


KINDS = {
    "LSTMCell": Kind("tflitekit.lstm", _lstm_step),
    "GRUCell": Kind("tflitekit.gru", _gru_step, bias_rows=2),
    "SimpleRNNCell": Kind("tflitekit.simple_rnn", _simple_step),
    "ConvLSTMCell": Kind("tflitekit.conv_lstm", _conv_lstm_step),
}
"""By the class of the cell."""
