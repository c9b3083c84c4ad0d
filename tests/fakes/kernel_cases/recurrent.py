"""Recurrent layers of Keras, over as many as 100 steps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fakes.kernel_cases.case import Arrays, KernelCase
from tests.fakes.kernel_cases.keras_models import lowered
from tflitekit.graph import Model

_SPREAD = 0.3
"""Of the numbers that are added to the weights, which begin as Keras makes them."""


@dataclass(frozen=True)
class Layer:
    """A case: Keras layers one after the other.

    Attributes:
        kernel: the custom op that it becomes.
        name: of the case.
        shape: of one sample: steps first.
        layers: class and arguments of each; a list of them where an argument is a layer.
        absent: the share of the steps that are masked, from some step on.
        most_time: as in `KernelCase`.
    """

    kernel: str
    name: str
    shape: tuple[int, ...]
    layers: list[Any]
    absent: float = 0.0
    most_time: float | None = None


def _lstm(units: int, **options: Any) -> list[Any]:
    return ["LSTM", {"units": units, **options}]


def _gru(units: int, **options: Any) -> list[Any]:
    return ["GRU", {"units": units, **options}]


def _rnn(units: int, **options: Any) -> list[Any]:
    return ["SimpleRNN", {"units": units, **options}]


def _conv(rank: int, filters: int, window: int, **options: Any) -> list[Any]:
    return [f"ConvLSTM{rank}D", {"filters": filters, "kernel_size": window, **options}]


def _both_ways(layer: list[Any], **options: Any) -> list[Any]:
    return ["Bidirectional", {"layer": layer, **options}]


_MASKING: list[Any] = ["Masking", {}]
_ALL = {"return_sequences": True}

LAYERS = (
    Layer("lstm", "32 units, 100 steps", (100, 16), [_lstm(32)]),
    Layer(
        "lstm", "128 units, 100 steps, all of them", (100, 64), [_lstm(128, **_ALL)], most_time=0.5
    ),
    Layer("lstm", "5 units, 7 steps of 3", (7, 3), [_lstm(5)]),
    Layer("lstm", "backwards", (20, 8), [_lstm(24, go_backwards=True, **_ALL)]),
    Layer("lstm", "two, one behind the other", (100, 12), [_lstm(32, **_ALL), _lstm(20)]),
    Layer("lstm", "without bias, relu", (10, 12), [_lstm(9, use_bias=False, activation="relu")]),
    Layer(
        "lstm",
        "hard sigmoid",
        (30, 12),
        [_lstm(16, recurrent_activation="hard_sigmoid", **_ALL)],
    ),
    Layer("lstm", "masked", (40, 6), [_MASKING, _lstm(16)], absent=0.4),
    Layer("lstm", "masked, all steps", (40, 6), [_MASKING, _lstm(16, **_ALL)], absent=0.4),
    Layer("lstm", "with its states", (30, 10), [_lstm(20, return_state=True, **_ALL)]),
    Layer("gru", "with its state", (30, 10), [_gru(20, return_state=True)]),
    Layer("lstm", "both ways", (100, 10), [_both_ways(_lstm(20, **_ALL))]),
    *(
        Layer("lstm", f"both ways, {mode}", (12, 10), [_both_ways(_lstm(20), merge_mode=mode)])
        for mode in ("sum", "ave", "mul")
    ),
    Layer(
        "lstm",
        "both ways, masked",
        (40, 10),
        [_MASKING, _both_ways(_lstm(20, **_ALL))],
        absent=0.3,
    ),
    Layer("gru", "32 units, 100 steps", (100, 16), [_gru(32)]),
    Layer(
        "gru", "128 units, 100 steps, all of them", (100, 64), [_gru(128, **_ALL)], most_time=0.5
    ),
    Layer("gru", "reset before", (100, 16), [_gru(33, reset_after=False, **_ALL)]),
    Layer("gru", "without bias, backwards", (9, 5), [_gru(7, use_bias=False, go_backwards=True)]),
    Layer("gru", "masked", (40, 6), [_MASKING, _gru(16, **_ALL)], absent=0.4),
    Layer("gru", "both ways", (100, 10), [_both_ways(_gru(20, **_ALL))]),
    Layer("simple_rnn", "32 units, 100 steps", (100, 16), [_rnn(32)]),
    Layer("simple_rnn", "128 units, all steps", (100, 64), [_rnn(128, **_ALL)], most_time=0.5),
    Layer("simple_rnn", "relu", (6, 5), [_rnn(8, activation="relu", **_ALL)]),
    Layer("simple_rnn", "masked, backwards", (20, 5), [_MASKING, _rnn(8, go_backwards=True)], 0.3),
    Layer("conv_lstm", "2D, same", (10, 8, 9, 3), [_conv(2, 6, 3, padding="same", **_ALL)]),
    Layer("conv_lstm", "2D, strides", (12, 9, 8, 2), [_conv(2, 5, 3, strides=2)]),
    Layer("conv_lstm", "1D, dilated", (20, 12, 4), [_conv(1, 6, 3, dilation_rate=2, **_ALL)]),
    Layer("conv_lstm", "3D", (4, 5, 4, 6, 2), [_conv(3, 3, 2)]),
)


def cases() -> Iterator[KernelCase]:
    for layer in LAYERS:
        yield KernelCase(
            layer.kernel, layer.name, _build(layer), _sample(layer), most_time=layer.most_time
        )
    yield KernelCase("lstm", "encoder and decoder", _build_decoder, _sample_decoder)
    yield KernelCase("gru", "stacked cells", _build_stacked, _sample(Layer("gru", "", (50, 8), [])))


def keras_model(shape: list[int], described: str) -> Any:
    """Runs in the child; the layers as JSON."""
    import keras

    x = keras.Input(tuple(shape))
    y = x
    for layer in json.loads(described):
        y = _layer(*layer)(y)
    return _disturbed(keras.Model(x, y))


def keras_decoder() -> Any:
    """The decoder begins with the states that the encoder ends with. Runs in the child."""
    import keras

    source, target = keras.Input((60, 8)), keras.Input((20, 6))
    _, *states = keras.layers.LSTM(24, return_state=True)(source)
    y = keras.layers.LSTM(24, return_sequences=True)(target, initial_state=states)
    return _disturbed(keras.Model([source, target], y))


def keras_stacked() -> Any:
    """Two cells that work together in each step. Runs in the child."""
    import keras

    x = keras.Input((50, 8))
    cells = [keras.layers.LSTMCell(16), keras.layers.GRUCell(12)]
    return _disturbed(keras.Model(x, keras.layers.RNN(cells, return_sequences=True)(x)))


def _disturbed(model: Any) -> Any:
    rng = np.random.default_rng(3)
    for weights in model.weights:
        noise = rng.normal(size=weights.shape) * _SPREAD
        weights.assign(weights + noise / weights.shape[0] ** 0.5)
    return model


def _layer(name: str, options: dict[str, Any]) -> Any:
    import keras

    built = {key: _layer(*one) if key == "layer" else one for key, one in options.items()}
    return getattr(keras.layers, name)(**built)


def _build(layer: Layer):
    def build() -> Model:
        return lowered("recurrent", "keras_model", layer.shape, json.dumps(layer.layers))

    return build


def _build_decoder() -> Model:
    return lowered("recurrent", "keras_decoder")


def _build_stacked() -> Model:
    return lowered("recurrent", "keras_stacked")


def _sample_decoder(rng: np.random.Generator) -> Arrays:
    return [rng.normal(size=(1, *shape)).astype(np.float32) for shape in ((60, 8), (20, 6))]


def _sample(layer: Layer):
    def sample(rng: np.random.Generator) -> Arrays:
        x = rng.normal(size=(1, *layer.shape)).astype(np.float32)
        x[:, round(layer.shape[0] * (1 - layer.absent)) :] = 0
        return [x]

    return sample
