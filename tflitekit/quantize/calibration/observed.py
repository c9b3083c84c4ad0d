"""Which activations calibration has to look at: those whose range follows from nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from tflitekit.graph.model import Model, Op, Tensor, Use
from tflitekit.quantize.planning.op_rules import integer_rule_of
from tflitekit.quantize.rule import OpRule

_DTYPE = "float32"


def observed_tensors(model: Model) -> list[Tensor]:
    """The activations that a quantizer can ask the statistics of, in the order of computation.

    Left out are tensors whose op prescribes the scale or leaves it as it is, unless a product
    with weights reads them: its corrections need what they are by channel. So are those that only
    ops in float read, and those that none reads, unless their op gives something else that is
    needed: an integer kernel has to give them too.

    Args:
        model: a float model; the subgraph that its first signature calls is looked at.
    """
    graph = model.signature().subgraph
    uses, ends = graph.uses(), set(graph.outputs)
    needed = ends.union(uses)
    return [
        tensor
        for op in graph.ops
        for tensor in op.outputs
        if tensor.dtype == _DTYPE
        and _is_asked_for(op, uses.get(tensor, []), is_output=_is_given(tensor, op, ends, needed))
    ]


def _is_given(tensor: Tensor, op: Op, ends: Collection[Tensor], needed: Collection[Tensor]) -> bool:
    """Whether the integer model has the tensor although no op reads it."""
    beside = tensor not in needed and any(other in needed for other in op.outputs)
    return beside or tensor in ends


def _is_asked_for(producer: Op, readers: Sequence[Use], is_output: bool) -> bool:
    rules = {use: integer_rule_of(use.op) for use in readers}
    reading = [(use, rule) for use, rule in rules.items() if rule and _carries(rule, use)]
    if any(rule.weights is not None for _, rule in reading):
        return True
    rule = integer_rule_of(producer)
    if rule is None:  # it is quantized on the way into whatever computes in integers
        return bool(reading)
    return _is_free(producer, rule) and (bool(reading) or is_output)


def _carries(rule: OpRule, use: Use) -> bool:
    """Whether the operand is a quantized value."""
    return rule.data is None or use.position in rule.data


def _is_free(op: Op, rule: OpRule) -> bool:
    """Whether the output has a scale that neither the kernel nor another tensor determines."""
    if rule.fixed is not None:
        return False
    if rule.sharing != "output-follows-input" or rule.narrows:
        return True
    followed = cast(Tensor, op.inputs[rule.follows])
    return followed.is_constant or followed.dtype != _DTYPE
