"""Print what LiteRT's integer kernels are worth, op by op, as a Markdown page.

    python -m tools.op_table            measure on this machine and print
    python -m tools.op_table --write    measure and write docs/ops.md

SQNR is measured against the float op, in dB; the ideal is the float function of the quantized
operands, rounded to the output's scale. The variant that is furthest from its ideal is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fakes.one_op import OneOp
from tests.fakes.one_op_models import CASES
from tests.fakes.one_op_quality import Quality, measure, quantized
from tflitekit.devices.registry import open_device
from tflitekit.graph.passes import INTEGER_FORMS, remove_dead_code
from tflitekit.progress import SILENT
from tflitekit.quantize.planning.op_rules import OP_RULES, OpRule
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.session import Session, open_session

HEADER = ("op", "int8", "int16x8", "SQNR", "ideal", "reason")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "ops.md"
TITLE = """# How each builtin op is quantized

Made by `python -m tools.op_table --write`: do not edit. One row for every builtin op with an
int8 kernel in LiteRT 2.3. An op that is not here, or that is kept in float, needs a rewrite, a
custom kernel or `--allow-float`.

SQNR is in dB against the float op, with ranges from minimum to maximum, of the variant that is
furthest from its ideal; the ideal is the float function of the quantized operands, rounded to the
output's scale.
"""
REWRITES = """
## Rewritten before calibration

Ops without a right int8 kernel that are others in real numbers:
"""
INT8 = Recipe(ranges="minmax")


def rows(session: Session) -> Iterator[tuple[str, ...]]:
    """One row an op of the table of rules, in the order of the names."""
    for op, rule in sorted(OP_RULES.items()):
        worst = None if rule.reason else _worst(op, session)
        sqnr = ("", "") if worst is None else (_db(worst.measured), _db(worst.ideal))
        name, int8, int16, reason = described(op)
        yield (name, int8, int16, *sqnr, reason)


def described(op: str) -> tuple[str, ...]:
    """What the table of rules itself says of an op: name, int8, int16x8 and reason."""
    rule = OP_RULES[op]
    return (f"`{op}`", *_support(rule), rule.reason or rule.inexact)


def rewrites() -> Iterator[str]:
    """What each pass before calibration does, in its own words."""
    for one in INTEGER_FORMS:
        if one is not remove_dead_code:
            first = (one.__doc__ or "").split("\n\n")[0]
            yield " ".join(first.split())


def page(session: Session) -> str:
    """The whole of docs/ops.md."""
    table = [HEADER, ("---",) * len(HEADER), *rows(session)]
    lines = [f"| {' | '.join(row)} |" for row in table]
    return "\n".join([TITLE, *lines, REWRITES, *(f"- {one}" for one in rewrites()), ""])


def main(write: bool) -> None:
    """Measure, and print or write."""
    with open_session(open_device("local"), SILENT) as session:
        text = page(session)
    if write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


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
    main(write=sys.argv[1:] == ["--write"])
