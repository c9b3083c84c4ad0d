"""Whether a model is better off with custom ops of ours, which an app has to be given.

One custom op already makes an app need them; so it is all of them or none.
"""

from __future__ import annotations

from tflitekit.graph.accounting import macs, op_macs
from tflitekit.graph.model import Model, Op
from tflitekit.graph.passes import INTEGER_FORMS, run_passes
from tflitekit.graph.region import body_ops, open_bodies
from tflitekit.kernels.patch import patch
from tflitekit.quantize.planning.op_rules import integer_rule_of, rule_of
from tflitekit.quantize.recipe import Recipe, is_named

ELEMENT, FLOAT_MAC = 16.0, 4.0
"""What an element of a float op, and a multiply-accumulate step in float, take, in such steps of
LiteRT's int8 products: orders of magnitude."""

LEAST_SHARE, LEAST_STEPS = 0.05, 200_000.0
"""What slow ops have to take to matter: a share of a model's time, and a few microseconds, such as
a custom op takes for being called."""


def with_kernels(model: Model, kernels: str, *, int16: bool) -> Model:
    """The float model with our custom ops in it, or as it was.

    Args:
        model: with static shapes; not changed.
        kernels: a name of `recipe.KERNELS`.
        int16: whether all activations are int16: then what LiteRT can compute in it is left to it.
    """
    if kernels == "never":
        return model
    if kernels == "auto" and not (_lacks_a_kernel(model) or _is_slow(model)):
        return model
    patched, _ = model.copy()
    patch(patched)
    if int16:
        open_bodies(patched.main, [op for op in patched.main.ops if _is_for_litert(op)])
    return patched


def open_for_int16(model: Model, recipe: Recipe) -> None:
    """Give back to LiteRT what a recipe wants in int16 and only LiteRT has in int16, in place.

    Only custom ops that stand for one op: what is between several was not seen in calibration.
    """
    asked = [op for op in model.main.ops if is_named(op, recipe.int16)]
    open_bodies(model.main, [op for op in asked if len(body_ops(op)) == 1 and _is_for_litert(op)])


def _is_for_litert(op: Op) -> bool:
    """Whether LiteRT has int16 kernels for what a custom op stands for, and we have none."""
    ours = rule_of(op)
    if op.body is None or ours is None or ours.int16:
        return False
    rules = [integer_rule_of(one) for one in body_ops(op)]
    return all(rule is not None and rule.int16 for rule in rules)


def _lacks_a_kernel(model: Model) -> bool:
    """Whether an op that has activations in float has no right int8 kernel in LiteRT, nor a form of
    other ops that have one."""
    plain, _ = model.copy()
    run_passes(plain, INTEGER_FORMS)
    return any(_has_float(op) and integer_rule_of(op) is None for op in plain.main.ops)


def _is_slow(model: Model) -> bool:
    """Whether LiteRT's slow int8 kernels would take a good part of the time."""
    lost = sum(_lost(op) for op in model.main.ops)
    return lost > max(LEAST_STEPS, LEAST_SHARE * (lost + macs(model)))


def _lost(op: Op) -> float:
    """How much longer than the float kernel an op's int8 kernel takes."""
    rule = integer_rule_of(op)
    if rule is None or not rule.slow:
        return 0.0
    elements = sum(tensor.size for tensor in op.outputs)
    return (rule.slow - 1.0) * max(ELEMENT * elements, FLOAT_MAC * op_macs(op))


def _has_float(op: Op) -> bool:
    return any(tensor.is_float for tensor in (*op.operands, *op.outputs))
