"""Beside each integer op of a model, the float op on the very same operands.

What the float twin gives is what the integer kernel should have computed from what it was given:
the difference is that op's own noise, without what came in with its operands and its weights.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tflitekit.graph.model import Model, Op, Subgraph, Tensor
from tflitekit.quantize.diagnosis.layer_groups import moves_only
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.op_rules import OP_RULES
from tflitekit.quantize.tensor_params import params_of_tensor

_VERSIONS = {"uint8": 1, "int8": 2, "int16": 3}
"""The version of DEQUANTIZE by the type that it reads."""


def add_float_twins(model: Model) -> dict[Tensor, Tensor]:
    """Put a float twin behind every op of the main subgraph that computes in integers, in place.

    Ops that only move elements have none: they are exact.

    Returns:
        The twin's output by the quantized output of the integer op.
    """
    return _Twins(model.main).add()


class _Twins:
    """Rebuilds the list of ops; each operand is dequantized once."""

    def __init__(self, graph: Subgraph) -> None:
        self.graph = graph
        self.ops: list[Op] = []
        self.real: dict[Tensor, Tensor] = {}
        self.twins: dict[Tensor, Tensor] = {}

    def add(self) -> dict[Tensor, Tensor]:
        for op in self.graph.ops:
            self.ops.append(op)
            if _has_twin(op):
                self.add_twin(op)
        self.graph.ops = self.ops
        return self.twins

    def add_twin(self, op: Op) -> None:
        inputs = [None if one is None else self.in_float(one) for one in op.inputs]
        outputs = [self.output(one) for one in op.outputs]
        self.ops.append(replace(op, inputs=inputs, outputs=outputs))

    def output(self, tensor: Tensor) -> Tensor:
        if params_of_tensor(tensor) is None:
            return self.graph.add(Tensor(f"{tensor.name}/twin", tensor.shape, tensor.dtype))
        twin = self.graph.add(Tensor(f"{tensor.name}/twin", tensor.shape, "float32"))
        self.twins[tensor] = twin
        return twin

    def in_float(self, tensor: Tensor) -> Tensor:
        params = params_of_tensor(tensor)
        if params is None:
            return tensor
        if tensor not in self.real:
            self.real[tensor] = self.dequantized(tensor, params)
        return self.real[tensor]

    def dequantized(self, tensor: Tensor, params: QuantParams) -> Tensor:
        name = f"{tensor.name}/real"
        if tensor.is_constant:
            return self.graph.constant(name, params.dequantize(np.asarray(tensor.data)))
        real = self.graph.add(Tensor(name, tensor.shape, "float32"))
        version = _VERSIONS[tensor.dtype]
        self.ops.append(Op("DEQUANTIZE", [tensor], [real], {}, version=version))
        return real


def _has_twin(op: Op) -> bool:
    """Whether the op is quantized by a rule, and computes."""
    if op.custom or op.name not in OP_RULES or moves_only(op) or op.subgraphs:
        return False
    return any(params_of_tensor(tensor) is not None for tensor in op.outputs)
