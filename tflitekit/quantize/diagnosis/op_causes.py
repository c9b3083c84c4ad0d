"""Causes in ops: weights that rounding spoils, kernels that err, scales that they prescribe."""

from __future__ import annotations

from tflitekit.quantize.diagnosis.cause import Cause
from tflitekit.quantize.diagnosis.evidence import Evidence, Subject
from tflitekit.quantize.diagnosis.remedies import coarse_weights, in_float, in_int16, layer_name
from tflitekit.quantize.planning.op_rules import rule_of

EXCESS_DB = 3.0
"""How much more noise than rounding a kernel makes that is the cause."""

INEXACT_DB = 40.0
"""A kernel that makes less noise than this is no cause, however inexact."""

NARROW_DB = 25.0
"""What rounding to a prescribed scale leaves where this is the cause; a softmax over a few dozen
elements leaves 30."""


def rounded_weights(evidence: Evidence, subject: Subject) -> Cause | None:
    """Weights that are spoilt by rounding, as where small ones meet large values."""
    coarse = coarse_weights(evidence, subject)
    if coarse is None:
        return None
    op, db = coarse
    return Cause(
        "coarse weights",
        op.outputs[0].name,
        f"rounding the weights of {op.name} to int8 alone leaves some {db:.0f} dB",
        f"--effort high rounds weights better; or {in_float(subject)}",
        {"weights_db": db},
    )


def inexact_kernel(evidence: Evidence, subject: Subject) -> Cause | None:
    """A kernel that errs by more than rounding."""
    for op in subject.ops:
        for tensor in op.outputs:
            own = evidence.own(tensor)
            if own is None or own.excess_db <= EXCESS_DB or own.made_db >= INEXACT_DB:
                continue
            rule = rule_of(op)
            known = rule.inexact if rule is not None else ""
            return Cause(
                "inexact kernel",
                tensor.name,
                f"the kernel of {op.name} makes {own.excess_db:.1f} dB more noise than "
                f"rounding{f': {known}' if known else ''}",
                in_int16(subject) if rule is not None and rule.int16 else in_float(subject),
                {"excess_db": own.excess_db, "exact_db": own.exact_db},
            )
    return None


def narrow_fixed_scale(evidence: Evidence, subject: Subject) -> Cause | None:
    """Output parameters that a kernel prescribes, and that do not suit the values."""
    for tensor in subject.tensors:
        own, rule = evidence.own(tensor), evidence.rule(tensor)
        if own is None or rule is None or rule.fixed is None or own.exact_db >= NARROW_DB:
            continue
        op, scale = evidence.producers[tensor], evidence.plan.tensors[tensor].scales[0]
        wider = rule.int16 and rule.fixed.scale16 is not None
        return Cause(
            "narrow fixed scale",
            tensor.name,
            f"{op.name} has the fixed step {scale:.3g}; rounding to it alone leaves "
            f"{own.exact_db:.1f} dB",
            in_int16(subject, layer_name(op)) if wider else in_float(subject),
            {"step": scale, "exact_db": own.exact_db},
        )
    return None
