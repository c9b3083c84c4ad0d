"""Gives compressed weights their float values back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tflitekit.graph import Model, Op, Subgraph, Tensor
from tflitekit.graph.dtypes import is_float
from tflitekit.graph.one_op import output_values

_DECOMPRESSIONS = ("DENSIFY", "DEQUANTIZE")


@dataclass(frozen=True)
class Restored:
    """How many weights became float32.

    Attributes:
        integer: weights that were integers with scales.
        others: weights that were float16 or sparse.
    """

    integer: int
    others: int


def restore_float_weights(model: Model) -> Restored:
    """Make every compressed constant of a float model float32, in place.

    Compressed are: an integer constant with scales that a float op reads directly (hybrid
    kernels of dynamic-range quantization), and one behind DEQUANTIZE or DENSIFY.
    """
    integer = others = 0
    for subgraph in model.subgraphs:
        for tensor in _hybrid_weights(subgraph):
            _dequantize(tensor)
            integer += 1
        while ready := _ready_decompressions(subgraph):
            for op in ready:
                integer += op.inputs[0] is not None and not is_float(op.inputs[0].dtype)
                others += op.inputs[0] is not None and is_float(op.inputs[0].dtype)
                _decompress(subgraph, op)
    for op in model.ops():
        if op.options and op.options.get("asymmetric_quantize_inputs"):
            op.options["asymmetric_quantize_inputs"] = False
    return Restored(integer, others)


def _hybrid_weights(subgraph: Subgraph) -> list[Tensor]:
    """Integer constants with scales that an op of float results reads."""
    found: dict[Tensor, None] = {}
    for op in subgraph.ops:
        if op.name in _DECOMPRESSIONS or not any(is_float(out.dtype) for out in op.outputs):
            continue
        for tensor in op.operands:
            params = tensor.quantization
            scaled = params is not None and len(params.scales) > 0
            if tensor.is_constant and scaled and not is_float(tensor.dtype):
                found.setdefault(tensor)
    return list(found)


def _dequantize(tensor: Tensor) -> None:
    params, steps = tensor.quantization, tensor.data
    if params is None or steps is None:
        raise ValueError(f"{tensor.name} holds no quantized constant")
    along = [1] * steps.ndim
    if params.per_channel:
        along[params.axis] = -1
    scale = params.scales.reshape(along)
    zero_point = (params.zero_points if len(params.zero_points) else np.zeros(1)).astype(np.float32)
    zero_point = zero_point.reshape(along if len(zero_point) > 1 else [1] * steps.ndim)
    tensor.dtype, tensor.quantization = "float32", None
    tensor.data = (steps.astype(np.float32) - zero_point) * scale


def _ready_decompressions(subgraph: Subgraph) -> list[Op]:
    return [
        op
        for op in subgraph.ops
        if op.name in _DECOMPRESSIONS and all(tensor.is_constant for tensor in op.operands)
    ]


def _decompress(subgraph: Subgraph, op: Op) -> None:
    (values,) = output_values(op)
    op.outputs[0].data = values
    subgraph.ops.remove(op)
