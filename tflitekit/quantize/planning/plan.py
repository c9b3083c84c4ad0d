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
from tflitekit.quantize.calibration.ranges import params_of
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.constants import (
    bias_params,
    constant_params,
    one_if_alike,
    weight_params,
)
from tflitekit.quantize.planning.known import Known, fixed_params, widened
from tflitekit.quantize.planning.op_rules import integer_rule_of, rule_of
from tflitekit.quantize.planning.operands import operand_at, positions, real_values
from tflitekit.quantize.planning.stays_float import why_float
from tflitekit.quantize.planning.tied import tied_params
from tflitekit.quantize.recipe import Recipe, is_named, names_of_tensor
from tflitekit.quantize.rule import OpRule


@dataclass
class Plan:
    """The integer form of a model.

    Attributes:
        tensors: the parameters of every activation that becomes an integer tensor.
        operands: the parameters of an operand where they are not its tensor's own: constants, and
            activations that have to be requantized for one reader.
        values: the integers of a constant operand where a correction found better ones than the
            nearest to its real values.
        exits: the parameters of an output of the model where they are not its tensor's own.
        ops: the ops that compute in integers.
        kept_int8: those of them that were asked for int16, and have no right kernel for it.
        left_float: why each other op that has float tensors stays as it is.
    """

    tensors: dict[Tensor, QuantParams] = field(default_factory=dict)
    operands: dict[Use, QuantParams] = field(default_factory=dict)
    values: dict[Use, NDArray[Any]] = field(default_factory=dict)
    exits: dict[Tensor, QuantParams] = field(default_factory=dict)
    ops: set[Op] = field(default_factory=set)
    kept_int8: list[Op] = field(default_factory=list)
    left_float: dict[Op, str] = field(default_factory=dict)

    def wanted(self, use: Use) -> QuantParams | None:
        """What an operand must be; None where it is no quantized value."""
        tensor = use.op.inputs[use.position]
        own = self.tensors.get(tensor) if tensor is not None else None
        return self.operands.get(use, own)


def make_plan(
    model: Model, stats: Mapping[Tensor, TensorStats], recipe: Recipe, *, wide_outputs: bool = False
) -> Plan:
    """Plan the main subgraph.

    Args:
        model: the float model; not changed.
        stats: what calibration saw of each activation.
        recipe: the choices.
        wide_outputs: whether the model's outputs may be int16, as they may where its caller gets
            float32 or int16.
    """
    return _Planner(model, stats, recipe, wide_outputs).plan()


class _Planner:
    """One walk over the ops, in the order they run."""

    def __init__(
        self,
        model: Model,
        stats: Mapping[Tensor, TensorStats],
        recipe: Recipe,
        wide_outputs: bool,
    ) -> None:
        self.graph = model.main
        self.wide_outputs = wide_outputs
        self.recipe = recipe
        self.uses = self.graph.uses()
        self.producers = self.graph.producers()
        self.known = Known(self.graph, stats, recipe.ranges)
        self.tied = tied_params(model, self.known, recipe.activations)
        self.next = {output: params for (_, output), params in self.tied.items()}
        self.result = Plan()

    def plan(self) -> Plan:
        face = self.recipe.activations
        for tensor in self.graph.inputs:
            if tensor.is_float and tensor in self.known.stats:
                self.result.tensors[tensor] = self.known.observed(tensor, face, whole=True)
        self.result.tensors |= {entry: params for (entry, _), params in self.tied.items()}
        for op in self.graph.ops:
            self.plan_op(op)
        for tensor in self.graph.outputs:
            params = self.result.tensors.get(tensor)
            if params is not None and params.dtype != face and not self.wide_outputs:
                self.result.exits[tensor] = self.converted(tensor, face)
        for output, tied in self.next.items():
            self.carry(output, tied)
        return self.result

    def carry(self, output: Tensor, params: QuantParams) -> None:
        """Let an output be what its input is in the next run, to the byte."""
        if self.result.tensors.get(output) == params:
            self.result.exits.pop(output, None)
        else:
            self.result.exits[output] = params

    def plan_op(self, op: Op) -> None:
        if not any(tensor.is_float for tensor in [*op.operands, *op.outputs]):
            return
        reason = why_float(op, self.known, self.recipe)
        if reason:
            self.result.left_float[op] = reason
            return
        rule = cast(OpRule, integer_rule_of(op))
        dtype = self.dtype_of(op, rule)
        self.result.ops.add(op)
        for index in positions(rule.data, op.inputs):
            self.plan_operand(op, rule, index, dtype)
        for index in positions(rule.outputs, op.outputs):
            output = op.outputs[index]
            wanted = self.asked_of(output) if rule.mixed else dtype
            self.result.tensors[output] = self.output_params(op, rule, index, wanted)
        if rule.weights is not None:
            self.plan_weights(op, rule)
        if rule.sharing == "inputs-follow-output":
            self.share(op, rule, self.result.tensors[op.outputs[0]])
        if rule.sharing == "inputs-alike":
            self.align(op, rule, dtype)

    def dtype_of(self, op: Op, rule: OpRule) -> str:
        """The type of an op's activations; one that only moves elements leaves them as they are."""
        wanted = self.recipe.activations
        if is_named(op, self.recipe.int16):
            wanted = "int16"
        if rule.sharing == "output-follows-input":
            own = self.result.tensors.get(cast(Tensor, op.inputs[rule.follows]))
            wanted = own.dtype if own is not None else wanted
        if wanted == "int16" and not rule.int16:
            self.result.kept_int8.append(op)
            return "int8"
        return wanted

    def asked_of(self, output: Tensor) -> str:
        """The type of one output, whatever the others of its op are: int16 where the recipe asks
        for it, and where all who read it take that as it is, which costs them no time."""
        named = not names_of_tensor(output).isdisjoint(self.recipe.int16)
        return "int16" if named or self.is_stream(output) else self.recipe.activations

    def is_stream(self, tensor: Tensor) -> bool:
        """Whether only ops that take any type read a tensor, or a caller who does."""
        rules = [rule_of(use.op) for use in self.uses.get(tensor, ())]
        if tensor in self.graph.outputs:
            return self.wide_outputs and not rules
        return bool(rules) and all(rule is not None and rule.mixed for rule in rules)

    def plan_operand(self, op: Op, rule: OpRule, index: int, dtype: str) -> None:
        tensor = cast(Tensor, op.inputs[index])
        own = self.result.tensors.get(tensor)
        if tensor.is_constant:
            self.result.operands[Use(op, index)] = constant_params(real_values(tensor), dtype)
        elif own is None:
            # Computed in float: it is quantized on the way into the integer part.
            self.result.operands[Use(op, index)] = self.known.natural(tensor, dtype)
        elif own.dtype != dtype and not rule.mixed:
            self.result.operands[Use(op, index)] = self.converted(tensor, dtype)

    def converted(self, tensor: Tensor, dtype: str) -> QuantParams:
        """The parameters of an activation in another type than its own."""
        if dtype == "int16":
            return widened(self.result.tensors[tensor])
        return self.known.natural(tensor, dtype)

    def output_params(self, op: Op, rule: OpRule, index: int, dtype: str) -> QuantParams:
        if rule.fixed is not None:
            return fixed_params(rule.fixed, dtype)
        if rule.sharing == "output-follows-input":
            return cast(QuantParams, self.result.wanted(Use(op, rule.follows)))
        tied = self.next.get(op.outputs[index])
        if tied is not None and tied.dtype == dtype:
            return tied
        return self.known.observed(op.outputs[index], dtype)

    def plan_weights(self, op: Op, rule: OpRule) -> None:
        position = cast(int, rule.weights)
        data = positions(rule.data, op.inputs)
        x = self.result.wanted(Use(op, data[0])) if data else None
        bias = operand_at(op.inputs, rule.bias)
        bias_values = real_values(bias) if bias is not None else None
        constant = cast(Tensor, op.inputs[position])
        weights = weight_params(real_values(constant), rule.axis, x, bias_values)
        # Whoever else reads them may want a scale a channel, and they are to be stored once.
        if rule.one_scale and len(self.uses[constant]) == 1:
            weights = one_if_alike(weights)
        self.result.operands[Use(op, position)] = weights
        if bias is not None and x is not None:
            self.result.operands[Use(op, cast(int, rule.bias))] = bias_params(x, weights)

    def align(self, op: Op, rule: OpRule, dtype: str) -> None:
        """Give every operand parameters that cover them all, unless each has a scale below 1: in
        int16 where int8 steps would be 1 or more."""
        uses = [Use(op, index) for index in positions(rule.data, op.inputs)]
        wanted = [cast(QuantParams, self.result.wanted(use)) for use in uses]
        if all(params.scales[0] < 1 for params in wanted):
            return
        ends = [self.ends(use) for use in uses]
        low, high = min(one[0] for one in ends), max(one[1] for one in ends)
        covering = [params for params, one in zip(wanted, ends, strict=True) if one == (low, high)]
        params = covering[0] if covering else params_of(low, high, dtype, dtype == "int16")
        if params.scales[0] >= 1:
            params = widened(params)
        self.share(op, rule, params)

    def ends(self, use: Use) -> tuple[float, float]:
        """The least and the greatest value of an operand, 0 included."""
        tensor = cast(Tensor, use.op.inputs[use.position])
        if tensor.is_constant:
            values = real_values(tensor)
            return float(values.min(initial=0.0)), float(values.max(initial=0.0))
        params = cast(QuantParams, self.result.wanted(use))
        limits = np.iinfo(params.dtype)
        scale, zero_point = params.scales[0], params.zero_points[0]
        return (limits.min - zero_point) * scale, (limits.max - zero_point) * scale

    def share(self, op: Op, rule: OpRule, params: QuantParams) -> None:
        """Give every operand these parameters: by its producer where nobody else reads it and the
        producer can, else by a requantize."""
        for index in positions(rule.data, op.inputs):
            tensor = cast(Tensor, op.inputs[index])
            if self.result.wanted(Use(op, index)) == params:
                continue
            if self.can_adopt(tensor, params.dtype):
                self.adopt(tensor, params)
            else:
                self.result.operands[Use(op, index)] = params

    def can_adopt(self, tensor: Tensor, dtype: str) -> bool:
        """Whether a tensor's producer can give it any parameters of this type, and only one op
        reads it."""
        op = self.producers.get(tensor)
        if op not in self.result.ops or len(self.uses.get(tensor, [])) != 1:
            return False
        if self.result.tensors[tensor].dtype != dtype:
            return False
        if tensor in self.graph.outputs or len(op.outputs) != 1:
            return False
        rule = cast(OpRule, integer_rule_of(op))
        if rule.sharing == "none":
            return rule.fixed is None
        follows = op.inputs[rule.follows]
        return (
            rule.sharing == "output-follows-input"
            and follows is not None
            and self.can_adopt(follows, dtype)
        )

    def adopt(self, tensor: Tensor, params: QuantParams) -> None:
        self.result.tensors[tensor] = params
        op = self.producers[tensor]
        rule = cast(OpRule, integer_rule_of(op))
        if rule.sharing == "output-follows-input":
            self.adopt(cast(Tensor, op.inputs[rule.follows]), params)
