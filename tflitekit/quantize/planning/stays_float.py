"""Which ops cannot compute in integers, and why."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.quantize.planning.known import Known
from tflitekit.quantize.planning.op_rules import rule_of
from tflitekit.quantize.planning.operands import operand_at, positions, real_values
from tflitekit.quantize.recipe import Recipe, is_named
from tflitekit.quantize.rule import OpRule

_STEPS = 255


def why_float(op: Op, known: Known, recipe: Recipe) -> str:
    """Why the op cannot compute in integers; empty where it can.

    Args:
        known: what calibration saw.
        recipe: the choices.
    """
    if is_named(op, recipe.float32):
        return "it was asked to stay in float"
    rule = rule_of(op)
    if rule is None:
        return "it has no int8 kernel"
    if rule.reason:
        return f"it is kept in float: {rule.reason}"
    return _why_operands(op, rule, known) or _why_too_steep(op, rule, known, recipe)


def _why_operands(op: Op, rule: OpRule, known: Known) -> str:
    """Whether a tensor of the op is none that its kernel takes, or nobody knows its values."""
    for index in positions(rule.data, op.inputs):
        tensor = cast(Tensor, op.inputs[index])
        if not tensor.is_float:
            return f"its operand {tensor.name} is {tensor.dtype}"
        if not tensor.is_constant and not known.is_known(tensor):
            return f"its operand {tensor.name} was not seen in calibration"
    for constant in (operand_at(op.inputs, rule.weights), operand_at(op.inputs, rule.bias)):
        if constant is not None and not (constant.is_constant and constant.is_float):
            return f"its weights {constant.name} are computed, or are {constant.dtype}"
    unseen = [one for one in op.outputs if one.is_float and not known.is_known(one)]
    return f"its output {unseen[0].name} was not seen in calibration" if unseen else ""


def _why_too_steep(op: Op, rule: OpRule, known: Known, recipe: Recipe) -> str:
    """Whether an operand's steps are too large beside the output's for the kernel."""
    if rule.steepest is None:
        return ""
    output = known.observed(op.outputs[0], recipe.activations).scales[0]
    for index in positions(rule.data, op.inputs):
        tensor = cast(Tensor, op.inputs[index])
        ends = _span(real_values(tensor)) if tensor.is_constant else known.span(tensor)
        if ends / _STEPS >= rule.steepest * output:
            return (
                f"a step of its operand {tensor.name} is {ends / _STEPS / output:.0f} of its "
                "output's, which stops LiteRT's kernel"
            )
    return ""


def _span(values: NDArray[np.float32]) -> float:
    return float(values.max(initial=0.0)) - float(values.min(initial=0.0))
