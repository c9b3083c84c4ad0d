"""Print what LiteRT's integer kernels are worth, op by op, as a Markdown table.

    python -m tools.op_table            measure on this machine and print

SQNR is measured against the float op, in dB; the ideal is the float function of the quantized
operands, rounded to the output's scale. The variant that is furthest from its ideal is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.fakes.one_op import OneOp
from tests.fakes.one_op_models import CASES
from tests.fakes.one_op_quality import Quality, measure, quantized
from tflitekit.devices.registry import open_device
from tflitekit.progress import SILENT
from tflitekit.quantize.op_rules import OP_RULES, OpRule
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.session import Session, open_session

HEADER = ("op", "int8", "int16x8", "SQNR", "ideal", "reason")
INT8 = Recipe(ranges="minmax")


def rows(session: Session) -> Iterator[tuple[str, ...]]:
    """One row an op of the table of rules, in the order of the names."""
    for op, rule in sorted(OP_RULES.items()):
        worst = None if rule.reason else _worst(op, session)
        sqnr = ("", "") if worst is None else (_db(worst.measured), _db(worst.ideal))
        yield (f"`{op}`", *_support(rule), *sqnr, rule.reason or rule.inexact)


def main() -> None:
    """Measure and print."""
    print(f"| {' | '.join(HEADER)} |")
    print(f"|{' --- |' * len(HEADER)}")
    with open_session(open_device("local"), SILENT) as session:
        for row in rows(session):
            print(f"| {' | '.join(row)} |")


def _support(rule: OpRule) -> tuple[str, str]:
    if rule.reason:
        return "float", "float"
    return "yes", "yes" if rule.int16 else "no"


def _worst(op: str, session: Session) -> Quality | None:
    found = [_quality(case, session) for case in CASES if case.op == op]
    return max((one for one in found if one is not None), key=lambda one: one.gap, default=None)


def _quality(case: OneOp, session: Session) -> Quality | None:
    """None for a variant that is left in float."""
    model, reason = quantized(case, INT8)
    return None if reason else measure(case, model, session)


def _db(value: float) -> str:
    return "exact" if value == float("inf") else f"{value:.1f}"


if __name__ == "__main__":
    main()
