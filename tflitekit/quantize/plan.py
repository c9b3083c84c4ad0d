"""Decide the integer parameters of every tensor. Pure: model, statistics and recipe in, plan out.

The plan is data: `apply.py` writes it without deciding anything. Ops are looked at in the order
they run; what an op's row in `op_rules` says decides, and nothing else knows an op's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Model, Op, Tensor, Use
from tflitekit.quantize.constants import bias_params, constant_params, weight_params
from tflitekit.quantize.op_rules import OP_RULES, OpRule
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.ranges import params_of, range_of
from tflitekit.quantize.recipe import Recipe
from tflitekit.quantize.stats import TensorStats


@dataclass
class Plan:
    """The integer form of a model.

    Attributes:
        tensors: the parameters of every activation that becomes an integer tensor.
        operands: the parameters of an operand where they are not its tensor's own: constants, and
            activations that have to be requantized for one reader.
        ops: the ops that compute in integers.
        left_float: why each other op that has float tensors stays as it is.
    """

    tensors: dict[Tensor, QuantParams] = field(default_factory=dict)
    operands: dict[Use, QuantParams] = field(default_factory=dict)
    ops: set[Op] = field(default_factory=set)
    left_float: dict[Op, str] = field(default_factory=dict)

    def wanted(self, use: Use) -> QuantParams | None:
        """What an operand must be; None where it is no quantized value."""
        tensor = use.op.inputs[use.position]
        own = self.tensors.get(tensor) if tensor is not None else None
        return self.operands.get(use, own)


def make_plan(model: Model, stats: Mapping[Tensor, TensorStats], recipe: Recipe) -> Plan:
    """Plan the main subgraph.

    Args:
        model: the float model; not changed.
        stats: what calibration saw of each activation.
        recipe: the choices.
    """
    return _Planner(model, stats, recipe).plan()


class _Planner:
    """One walk over the ops, in the order they run."""

    def __init__(self, model: Model, stats: Mapping[Tensor, TensorStats], recipe: Recipe) -> None:
        self.graph = model.main
        self.stats = stats
        self.recipe = recipe
        self.uses = self.graph.uses()
        self.producers = self.graph.producers()
        self.result = Plan()

    def plan(self) -> Plan:
        for tensor in self.graph.inputs:
            if tensor.is_float and tensor in self.stats:
                self.result.tensors[tensor] = self.observed(tensor, whole=True)
        for op in self.graph.ops:
            self.plan_op(op)
        return self.result

    def plan_op(self, op: Op) -> None:
        if not any(tensor.is_float for tensor in [*op.operands, *op.outputs]):
            return
        reason = self.why_float(op)
        if reason:
            self.result.left_float[op] = reason
            return
        rule = OP_RULES[op.name]
        self.result.ops.add(op)
        for index in _positions(rule.data, op.inputs):
            self.plan_operand(op, index)
        for index in _positions(rule.outputs, op.outputs):
            self.result.tensors[op.outputs[index]] = self.output_params(op, rule, index)
        if rule.weights is not None:
            self.plan_weights(op, rule)
        if rule.sharing == "inputs-follow-output":
            self.share(op, rule)

    def why_float(self, op: Op) -> str:
        """Why the op cannot compute in integers; empty where it can."""
        rule = None if op.custom else OP_RULES.get(op.name)
        if rule is None:
            return "it has no int8 kernel"
        if rule.reason:
            return f"it is kept in float: {rule.reason}"
        if self.recipe.precision == "int16x8" and not rule.int16:
            return "it has no int16 kernel"
        for index in _positions(rule.data, op.inputs):
            tensor = cast(Tensor, op.inputs[index])
            if not tensor.is_float:
                return f"its operand {tensor.name} is {tensor.dtype}"
            if not tensor.is_constant and tensor not in self.stats:
                return f"its operand {tensor.name} was not seen in calibration"
        for constant in (_at(op.inputs, rule.weights), _at(op.inputs, rule.bias)):
            if constant is not None and not (constant.is_constant and constant.is_float):
                return f"its weights {constant.name} are computed, or are {constant.dtype}"
        unseen = [one for one in op.outputs if one.is_float and one not in self.stats]
        return f"its output {unseen[0].name} was not seen in calibration" if unseen else ""

    def plan_operand(self, op: Op, index: int) -> None:
        tensor = cast(Tensor, op.inputs[index])
        if tensor.is_constant:
            params = constant_params(_values(tensor), self.recipe.activations)
            self.result.operands[Use(op, index)] = params
        elif tensor not in self.result.tensors:
            # Computed in float: it is quantized on the way into the integer part.
            self.result.operands[Use(op, index)] = self.observed(tensor)

    def output_params(self, op: Op, rule: OpRule, index: int) -> QuantParams:
        if rule.fixed is not None:
            if self.recipe.precision == "int16x8" and rule.fixed.scale16 is not None:
                return QuantParams((rule.fixed.scale16,), (0,), "int16")
            return QuantParams((rule.fixed.scale,), (rule.fixed.zero_point,), "int8")
        if rule.sharing == "output-follows-input":
            return cast(QuantParams, self.result.wanted(Use(op, rule.follows)))
        return self.observed(op.outputs[index])

    def plan_weights(self, op: Op, rule: OpRule) -> None:
        position = cast(int, rule.weights)
        x = cast(QuantParams, self.result.wanted(Use(op, _positions(rule.data, op.inputs)[0])))
        bias = _at(op.inputs, rule.bias)
        bias_values = _values(bias) if bias is not None else None
        weights = weight_params(
            _values(cast(Tensor, op.inputs[position])), rule.axis, x, bias_values
        )
        self.result.operands[Use(op, position)] = weights
        if bias is not None:
            self.result.operands[Use(op, cast(int, rule.bias))] = bias_params(x, weights)

    def share(self, op: Op, rule: OpRule) -> None:
        """Give every operand the output's parameters: by its producer where nobody else reads it
        and the producer can, else by a requantize."""
        params = self.result.tensors[op.outputs[0]]
        for index in _positions(rule.data, op.inputs):
            tensor = cast(Tensor, op.inputs[index])
            if self.result.wanted(Use(op, index)) == params:
                continue
            if self.can_adopt(tensor):
                self.adopt(tensor, params)
            else:
                self.result.operands[Use(op, index)] = params

    def can_adopt(self, tensor: Tensor) -> bool:
        """Whether a tensor's producer can give it any parameters, and only one op reads it."""
        op = self.producers.get(tensor)
        if op not in self.result.ops or len(self.uses.get(tensor, [])) != 1:
            return False
        if tensor in self.graph.outputs or len(op.outputs) != 1:
            return False
        rule = OP_RULES[op.name]
        if rule.sharing == "none":
            return rule.fixed is None
        follows = op.inputs[rule.follows]
        return (
            rule.sharing == "output-follows-input"
            and follows is not None
            and self.can_adopt(follows)
        )

    def adopt(self, tensor: Tensor, params: QuantParams) -> None:
        self.result.tensors[tensor] = params
        op = self.producers[tensor]
        rule = OP_RULES[op.name]
        if rule.sharing == "output-follows-input":
            self.adopt(cast(Tensor, op.inputs[rule.follows]), params)

    def observed(self, tensor: Tensor, whole: bool = False) -> QuantParams:
        """Parameters from what calibration saw; `whole` never clips any of it."""
        dtype = self.recipe.activations
        symmetric = dtype == "int16"
        low, high = range_of(
            self.stats[tensor], self.recipe.ranges, dtype=dtype, symmetric=symmetric, whole=whole
        )
        return params_of(low, high, dtype, symmetric)


def _positions(given: tuple[int, ...] | None, tensors: list[Any]) -> list[int]:
    """The positions that a rule names, or all float ones."""
    if given is not None:
        return [index for index in given if index < len(tensors) and tensors[index] is not None]
    return [index for index, one in enumerate(tensors) if one is not None and one.is_float]


def _at(tensors: list[Tensor | None], position: int | None) -> Tensor | None:
    if position is None or position >= len(tensors):
        return None
    return tensors[position]


def _values(tensor: Tensor) -> NDArray[np.float32]:
    return np.asarray(tensor.data, np.float32)
