"""LiteRT's own LSTM over a sequence, which Keras 2 models arrive with, as our float op.

LiteRT's C API takes no model with its variable states, so neither calibration nor a device could
run it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.recurrent.activations import CODES
from tflitekit.kernels.recurrent.attributes import Attributes

_NAME = "UNIDIRECTIONAL_SEQUENCE_LSTM"

_KERNELS, _RECURRENT, _BIASES = range(1, 5), range(5, 9), range(12, 16)
"""Its operands: of the input, forget, candidate and output gates, in Keras's order."""

_ABSENT = (*range(9, 12), 16, 17, *range(20, 24))
"""Peepholes, a projection and normalization of the gates, which ours has not."""

_HARMLESS_CLIPS = (0.0, 10.0)
"""None, and what TensorFlow's converter writes for every LSTM of Keras, which has none: tanh(10) is
1 in float32."""


def match(around: Surroundings, op: Op) -> Region | None:
    """The region of one such op; None where it does more than Keras's LSTM."""
    if op.name != _NAME or op.custom or not _is_plain(op):
        return None
    kernel, recurrent, biases = (
        [op.inputs[place] for place in places] for places in (_KERNELS, _RECURRENT, _BIASES)
    )
    x, *weights = op.inputs[0], *kernel, *recurrent, *biases
    if x is None or not all(one and one.is_constant and one.is_float for one in weights):
        return None
    graph, name = around.graph, op.outputs[0].name
    batch, units = x.shape[0], op.outputs[0].shape[-1]
    zeros = graph.constant(f"{name}/zeros", np.zeros((batch, units), np.float32))
    attributes = Attributes(CODES["tanh"], CODES["sigmoid"]).array()
    constants = {
        "kernel": _joined(kernel).T,
        "recurrent_kernel": _joined(recurrent).T,
        "bias": _joined(biases),
        "attributes": attributes,
    }
    made = [graph.constant(f"{name}/{key}", value) for key, value in constants.items()]
    states = [tensor for tensor in op.operands if tensor.is_variable]
    return Region([op], [x, zeros, zeros, *made], op.outputs, alone=True, dropped=states)


def _is_plain(op: Op) -> bool:
    options = op.options or {}
    return (
        options.get("fused_activation_function") == "TANH"
        and not options.get("time_major")
        and not options.get("diagonal_recurrent_tensors")
        and options.get("cell_clip", 0.0) in _HARMLESS_CLIPS
        and not any(op.inputs[place] for place in _ABSENT if place < len(op.inputs))
    )


def _joined(parts: Sequence[Tensor | None]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.concatenate([np.asarray(one.data, np.float32) for one in parts if one is not None])
