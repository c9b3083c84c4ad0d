"""Recurrent layers of Keras 3 become one op each. Runs in the child only.

While a model is traced, the loop over a layer's steps is a TensorFlow function that the converter
takes for one op. Its body is the same loop, for whoever looks inside. A layer of another kind, or
with a function that the kernels do not know, keeps Keras's own loop.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tflitekit.frontend.recurrent_cells import (
    Weights,
    attributes_of,
    is_known,
    kind_of,
    weights_of,
)
from tflitekit.kernels.recurrent.attributes import Attributes

_IMPLEMENTS = 'name: "{}" attr {{ key: "tfl_fusable_op" value {{ b: true }} }}'


@contextlib.contextmanager
def fused_recurrent_layers() -> Iterator[None]:
    """Recurrent layers of Keras 3 that are called inside become one op each."""
    import keras

    patched = [keras.layers.RNN, keras.layers.LSTM, keras.layers.GRU]
    originals = [layer.inner_loop for layer in patched]
    for layer, original in zip(patched, originals, strict=True):
        layer.inner_loop = _fusing(original)
    try:
        yield
    finally:
        for layer, original in zip(patched, originals, strict=True):
            layer.inner_loop = original


def _fusing(original: Callable[..., Any]) -> Callable[..., Any]:
    """A layer's loop as one op where it can be; `original` where not."""

    def inner_loop(
        self: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        from keras import tree

        masks = [one for one in tree.flatten(mask) if one is not None][:1]
        if _is_fusable(self, sequences, masks):
            return _fused(self, sequences, list(initial_state), masks)
        return original(self, sequences, initial_state, mask, training)

    return inner_loop


def _is_fusable(layer: Any, sequences: Any, masks: Sequence[Any]) -> bool:
    shape = getattr(sequences, "shape", (None,))
    return (
        not layer.unroll
        and None not in tuple(shape)
        and sequences.dtype.name == "float32"
        and all(is_known(cell) for cell in _cells(layer))
        and all(len(mask.shape) == 2 or tuple(mask.shape[2:]) == (1,) for mask in masks)
    )


def _cells(layer: Any) -> list[Any]:
    """The cells that work one after the other in each step."""
    import keras

    stacked = type(layer.cell) is keras.layers.StackedRNNCells and len(layer.cell.cells) > 1
    return list(layer.cell.cells) if stacked else [layer.cell]


def _fused(
    layer: Any, sequences: Any, initial_state: list[Any], masks: Sequence[Any]
) -> tuple[Any, Any, list[Any]]:
    """The last output, all outputs and the states, as Keras's own loop gives them.

    Cells that are stacked take the whole sequence one after the other, which is the same: those
    behind the first find it turned round already.
    """
    import tensorflow as tf

    cells = _cells(layer)
    masks = [tf.reshape(tf.cast(mask, tf.bool), mask.shape[:2]) for mask in masks]
    if len(cells) == 1:
        attributes = attributes_of(
            cells[0], go_backwards=layer.go_backwards, zero_masked=layer.zero_output_for_mask
        )
        outputs, states = _whole(layer, cells[0], attributes, sequences, initial_state, masks)
        return outputs[:, -1], outputs, states
    outputs, states = sequences, []
    for number, (cell, state) in enumerate(zip(cells, initial_state, strict=True)):
        attributes = attributes_of(
            cell,
            go_backwards=layer.go_backwards and number == 0,
            zero_masked=layer.zero_output_for_mask and cell is cells[-1],
        )
        outputs, new = _whole(layer, cell, attributes, outputs, state, masks)
        states.append(new)
        if attributes.go_backwards:
            masks = [tf.reverse(mask, [1]) for mask in masks]
    return outputs[:, -1], outputs, states


def _whole(
    layer: Any, cell: Any, attributes: Attributes, x: Any, first: Any, masks: Sequence[Any]
) -> tuple[Any, Any]:
    """All outputs of one cell, and its last states where they are asked for, in the structure of
    the first ones.

    The operands of the op are the input, the first states, kernel, recurrent kernel, bias,
    attributes and the mask, if there is one.
    """
    import tensorflow as tf
    from keras import tree

    states = [tf.convert_to_tensor(state) for state in tree.flatten(first)]
    with_states = layer.return_state or layer.stateful
    one_op = tf.function(
        _loop(cell, attributes, len(states), with_states),
        autograph=False,
        experimental_implements=_IMPLEMENTS.format(kind_of(cell).op),
    )
    outputs, *new = one_op(x, *states, *weights_of(cell), tf.constant(attributes.array()), *masks)
    return outputs, tree.pack_sequence_as(first, new) if new else first


def _loop(
    cell: Any, attributes: Attributes, count: int, with_states: bool
) -> Callable[..., list[Any]]:
    """The loop over all steps as a function of the op's operands, `count` states among them."""
    from keras.src import backend

    def loop(x: Any, *operands: Any) -> list[Any]:
        kernel, recurrent, bias, _, *masks = operands[count:]
        weights = Weights(kernel, recurrent, bias, cell)

        def step(x: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
            new = kind_of(cell).step(weights, x, states)
            return new[0], new

        _, outputs, states = backend.rnn(
            step,
            x,
            list(operands[:count]),
            go_backwards=bool(attributes.go_backwards),
            mask=masks[0] if masks else None,
            zero_output_for_mask=bool(attributes.zero_masked),
        )
        return [outputs, *states] if with_states else [outputs]

    return loop
