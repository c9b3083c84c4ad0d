"""The int8 recurrent layers in NumPy: what every native version gives, bit for bit.

Sums of products are integers: of x with its zero point taken off, of the state as 16 bits. Their
scaling, the gates and the states are float32, one IEEE operation after the other; an activation
function is a table of 1,025 int16 entries with lines between. What goes out is rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.kernels.recurrent.cells import Kind
from tflitekit.kernels.recurrent.geometry import Windows, three
from tflitekit.kernels.recurrent.parameters import INTERVALS, REACH, Parameters, Product
from tflitekit.kernels.rounding import round_into

Floats = NDArray[np.float32]

LARGEST = 32512
"""Of the 16 bits of a state: its upper byte is then within [-127, 127]."""


def computing(kind: Kind) -> Callable[..., tuple[NDArray[Any], ...]]:
    """The function of one kind of layer, from its int8 op's operands to the sequence and the last
    states, of which the op may give the sequence alone."""

    def run(*inputs: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        x, first, block = inputs[0], inputs[1 : 1 + kind.states], inputs[-1]
        mask = inputs[1 + kind.states] if len(inputs) == kind.states + 3 else None
        *_, units = shape = first[0].shape
        parameters = Parameters.of(kind, block, x.shape[-1], units)
        return _layer(kind, parameters, three(shape[1:-1])).run(x, first, mask)

    return run


def _layer(kind: Kind, parameters: Parameters, out: tuple[int, ...]) -> _Layer:
    header = parameters.header
    window, stride, dilation = (
        tuple(int(size) for size in header[name]) for name in ("window", "stride", "dilation")
    )
    x = Windows(out, window, stride, dilation, same=bool(header["same"]))
    return _Layer(kind, parameters, x, Windows(out, window))


@dataclass(frozen=True)
class _Layer:
    """A layer; its values are [batch, positions, units or rows] inside.

    Attributes:
        x, h: the windows of the input and of a state.
    """

    kind: Kind
    parameters: Parameters
    x: Windows
    h: Windows

    def run(
        self, x: NDArray[np.int8], first: Sequence[NDArray[np.int8]], mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[Any], ...]:
        header, shape = self.parameters.header, first[0].shape
        states = self.first_states(first)
        y = np.full(states[0].shape, header["y_zero"], np.int8)
        sequence = np.zeros((shape[0], x.shape[1], *shape[1:]), np.int8)
        times = range(x.shape[1])[:: -1 if header["go_backwards"] else 1]
        for place, time in enumerate(times):
            new = self.step(x[:, time], states)
            given = _rounded(new[0], header["y_steps"], header["y_zero"])
            if mask is not None:
                active = mask[:, time].reshape(-1, 1, 1)
                other = np.full_like(y, header["y_zero"]) if header["zero_masked"] else y
                given = np.where(active, given, other)
                new = [np.where(active, one, old) for one, old in zip(new, states, strict=True)]
            y, states = given, new
            sequence[:, place] = y.reshape(shape)
        steps = zip(states, header["last_steps"], header["last_zeros"], strict=False)
        return sequence, *(_rounded(one, scale, zero).reshape(shape) for one, scale, zero in steps)

    def first_states(self, first: Sequence[NDArray[np.int8]]) -> list[Floats]:
        header, shape = self.parameters.header, first[0].shape
        flat = (shape[0], math.prod(shape[1:-1]), shape[-1])
        steps = zip(first, header["first_scales"], header["first_zeros"], strict=False)
        return [
            (one.astype(np.int32) - zero).astype(np.float32).reshape(flat) * scale
            for one, scale, zero in steps
        ]

    def step(self, x: NDArray[np.int8], states: Sequence[Floats]) -> list[Floats]:
        """The states after one step."""
        given, (h, *_), cell = self.from_x(x), states, self.kind.cell
        inner = self.from_h(self.parameters.h[0], h)
        if cell == "simple":
            return [self.activation(inner + given)]
        if cell == "gru":
            return [self.gru(given, inner, h)]
        i, f, g, o = np.split(inner + given, 4, axis=-1)
        c = self.gate(f) * states[1] + self.gate(i) * self.activation(g)
        return [self.gate(o) * self.activation(c), c]

    def gru(self, given: Floats, inner: Floats, h: Floats) -> Floats:
        z_x, r_x, g_x = np.split(given, 3, axis=-1)
        units = h.shape[-1]
        z = self.gate(inner[..., :units] + z_x)
        r = self.gate(inner[..., units : 2 * units] + r_x)
        if len(self.parameters.h) == 2:
            g = self.from_h(self.parameters.h[1], h * r)
        else:
            g = r * inner[..., 2 * units :]
        g = self.activation(g + g_x)
        return z * h + (np.float32(1) - z) * g

    def from_x(self, x: NDArray[np.int8]) -> Floats:
        """What x's windows give."""
        product, zero = self.parameters.x, int(self.parameters.header["x_zero"])
        maps = x.reshape(len(x), *three(x.shape[1:-1]), x.shape[-1])
        sums = _products(self.x.of(maps, zero), product) - zero * product.sums
        return sums.astype(np.float32) * product.scales + product.biases

    def from_h(self, product: Product, h: Floats) -> Floats:
        """What the windows of a state give, as 16 bits: the upper byte, rounded, and the rest."""
        steps = np.clip(h * self.parameters.header["h_steps"], -LARGEST, LARGEST)
        value = np.rint(steps).astype(np.int32).reshape(len(h), *self.h.out, h.shape[-1])
        high = (value + 128) >> 8
        sums = [_products(self.h.of(part, 0), product) for part in (high, value - high * 256)]
        wide = sums[0].astype(np.float32) * np.float32(256) + sums[1].astype(np.float32)
        return wide * product.scales + product.biases

    def activation(self, x: Floats) -> Floats:
        """The function of candidates and outputs."""
        scale = self.parameters.header["activation_scale"]
        return _look_up(self.parameters.activation, scale, x)

    def gate(self, x: Floats) -> Floats:
        """The function of gates."""
        scale = self.parameters.header["recurrent_activation_scale"]
        return _look_up(self.parameters.recurrent_activation, scale, x)


def _products(vectors: NDArray[Any], product: Product) -> NDArray[np.int32]:
    sums: NDArray[np.int32] = vectors.astype(np.int32) @ product.weights.T.astype(np.int32)
    return sums


def _look_up(table: NDArray[np.int16], scale: Any, x: Floats) -> Floats:
    """Between two entries the line through them; outside the table the first or the last line."""
    place = x * np.float32(INTERVALS / (2 * REACH)) + np.float32(INTERVALS / 2)
    index = np.clip(place, 0, INTERVALS - 1).astype(np.int32)
    low, high = table[index].astype(np.float32), table[index + 1].astype(np.float32)
    result: Floats = (low + (place - index.astype(np.float32)) * (high - low)) * scale
    return result


def _rounded(values: Floats, steps: Any, zero: Any) -> NDArray[np.int8]:
    return round_into(values * steps + np.float32(zero))
