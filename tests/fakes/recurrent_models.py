"""Recurrent Keras models in every form, with what Keras itself computes. Runs in the child."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tflitekit.progress import Progress

STEPS, CHANNELS = 7, 5


def make(progress: Progress, *, folder: str, names: list[str]) -> None:
    """Save models as <name>.keras, and inputs and outputs as <name>.npz, in order."""
    import keras

    for name in names:
        keras.utils.set_random_seed(5)
        model, inputs = MODELS[name]()
        rng = np.random.default_rng(1)
        for weights in model.weights:
            weights.assign(weights + rng.normal(size=weights.shape) * 0.3)
        outputs = model([one[:2] for one in inputs])
        flat = keras.tree.flatten(outputs)
        model.save(Path(folder) / f"{name}.keras")
        arrays = {f"in{i}": one for i, one in enumerate(inputs)}
        arrays |= {f"out{i}": np.asarray(one) for i, one in enumerate(flat)}
        np.savez(Path(folder) / f"{name}.npz", **arrays)


def _values(*shape: int, seed: int = 0) -> Any:
    """Two samples; each has steps of nothing but zeros, at other places."""
    x = np.random.default_rng(seed).normal(size=(2, *shape)).astype(np.float32)
    if len(shape) > 1:
        x[0, shape[0] // 2 :] = 0
        x[1, :2] = 0
        x[1, -1] = 0
    return x


def _chain(*layers: Any, shape: tuple[int, ...] = (STEPS, CHANNELS)) -> Any:
    import keras

    x = keras.Input(shape)
    y = x
    for layer in layers:
        y = layer(y)
    return keras.Model(x, y), [_values(*shape)]


def _forms(name: str, units: int = 4) -> dict[str, Callable[[], Any]]:
    """What every layer must do."""

    def layer(**options: Any) -> Any:
        import keras

        return getattr(keras.layers, name)(units, **options)

    def masking() -> Any:
        import keras

        return keras.layers.Masking()

    def both_ways(inner: Any, **options: Any) -> Any:
        import keras

        return keras.layers.Bidirectional(inner, **options)

    sequences = {"return_sequences": True}
    return {
        "last": lambda: _chain(layer()),
        "sequence": lambda: _chain(layer(**sequences)),
        "states": lambda: _chain(layer(return_state=True, **sequences)),
        "backwards": lambda: _chain(layer(go_backwards=True, return_state=True, **sequences)),
        "no_bias": lambda: _chain(layer(use_bias=False)),
        "relu": lambda: _chain(layer(activation="relu")),
        "elu": lambda: _chain(layer(activation="elu")),
        "masked": lambda: _chain(masking(), layer(return_state=True, **sequences)),
        "masked_last": lambda: _chain(masking(), layer(return_state=True)),
        "masked_backwards": lambda: _chain(
            masking(), layer(go_backwards=True, return_state=True, **sequences)
        ),
        "masked_zeros": lambda: _chain(
            masking(), layer(zero_output_for_mask=True, return_state=True, **sequences)
        ),
        "masked_zeros_last": lambda: _chain(
            masking(), layer(zero_output_for_mask=True, return_state=True)
        ),
        "dropout": lambda: _chain(layer(dropout=0.5)),
        "both_ways": lambda: _chain(both_ways(layer(**sequences))),
        "both_ways_masked": lambda: _chain(masking(), both_ways(layer(return_state=True))),
        "both_ways_apart": lambda: _chain(both_ways(layer(**sequences), merge_mode=None)),
        "first_state": lambda: _first_state(layer(return_state=True, **sequences)),
        "decoder": lambda: _decoder(layer(return_state=True), layer(**sequences)),
    }


def _first_state(layer: Any) -> Any:
    """The states are inputs of the model."""
    import keras

    x = keras.Input((STEPS, CHANNELS))
    states = [keras.Input((layer.units,)) for _ in layer.state_size]
    y = layer(x, initial_state=states if len(states) > 1 else states[0])
    given = [_values(layer.units, seed=9 + i) for i in range(len(states))]
    return keras.Model([x, *states], y), [_values(STEPS, CHANNELS), *given]


def _decoder(encoder: Any, decoder: Any) -> Any:
    """Of the first layer only the states are used."""
    import keras

    x, y = keras.Input((STEPS, CHANNELS)), keras.Input((3, 2))
    _, *states = encoder(x)
    result = decoder(y, initial_state=states if len(states) > 1 else states[0])
    return keras.Model([x, y], result), [_values(STEPS, CHANNELS), _values(3, 2, seed=4)]


def _stacked(**options: Any) -> Any:
    import keras

    layers = keras.layers
    cells = [layers.LSTMCell(4), layers.GRUCell(3), layers.SimpleRNNCell(6)]
    return _chain(layers.Masking(), layers.RNN(cells, **options))


def _conv(rank: int, *shape: int, masked: bool = False, **options: Any) -> Any:
    import keras

    layer = getattr(keras.layers, f"ConvLSTM{rank}D")(3, **options)
    return _chain(layer, shape=shape)


def _one_cell(**options: Any) -> Any:
    import keras

    return _chain(keras.layers.RNN(keras.layers.LSTMCell(4), **options))


def _distributed() -> Any:
    import keras

    inner = keras.layers.LSTM(4, return_sequences=True)
    return _chain(keras.layers.TimeDistributed(inner), shape=(3, STEPS, CHANNELS))


def _lstm(**options: Any) -> Any:
    import keras

    return _chain(keras.layers.LSTM(4, **options))


def _gru(**options: Any) -> Any:
    import keras

    return _chain(keras.layers.GRU(4, return_sequences=True, **options))


FUSED: dict[str, Callable[[], Any]] = {
    **{f"lstm_{name}": model for name, model in _forms("LSTM").items()},
    **{f"gru_{name}": model for name, model in _forms("GRU").items()},
    **{f"simple_{name}": model for name, model in _forms("SimpleRNN").items()},
    "lstm_hard": lambda: _lstm(recurrent_activation="hard_sigmoid"),
    "lstm_linear": lambda: _lstm(activation=None, recurrent_activation="relu6"),
    "lstm_in_order": lambda: _lstm(implementation=1, recurrent_dropout=0.2),
    "lstm_no_cudnn": lambda: _lstm(use_cudnn=False),
    "gru_before": lambda: _gru(reset_after=False),
    "gru_before_no_bias": lambda: _gru(reset_after=False, use_bias=False, go_backwards=True),
    "gru_in_order": lambda: _gru(implementation=1),
    "one_cell": lambda: _one_cell(return_sequences=True, return_state=True),
    "stacked": lambda: _stacked(return_sequences=True, return_state=True),
    "stacked_backwards": lambda: _stacked(go_backwards=True, return_state=True),
    "stacked_zeros": lambda: _stacked(return_sequences=True, zero_output_for_mask=True),
    "distributed": _distributed,
    "conv1": lambda: _conv(1, 4, 9, 2, kernel_size=3, return_sequences=True),
    "conv1_same": lambda: _conv(1, 4, 8, 2, kernel_size=4, padding="same", strides=3),
    "conv1_dilated": lambda: _conv(1, 4, 9, 2, kernel_size=2, dilation_rate=3),
    "conv2": lambda: _conv(2, 3, 6, 5, 2, kernel_size=(3, 2), return_state=True),
    "conv2_same": lambda: _conv(
        2, 3, 6, 5, 2, kernel_size=3, padding="same", strides=2, return_sequences=True
    ),
    "conv2_backwards": lambda: _conv(2, 3, 6, 5, 2, kernel_size=3, go_backwards=True),
    "conv3": lambda: _conv(3, 3, 4, 5, 4, 2, kernel_size=2, padding="same"),
}
"""Models whose recurrent layers become ops of ours."""

LOOPS: dict[str, Callable[[], Any]] = {
    "softsign": lambda: _lstm(activation="softsign"),
    "selu": lambda: _lstm(activation="selu"),
}
"""Models that keep Keras's own loop."""

UNROLLED: dict[str, Callable[[], Any]] = {
    "unrolled": lambda: _lstm(unroll=True),
    "unrolled_gru": lambda: _gru(unroll=True),
}
"""Models that are other ops already."""

MODELS = FUSED | LOOPS | UNROLLED
