"""docs/ops.md says of every op what the table of rules says; the measured numbers are not checked.

Made again by `python -m tools.op_table --write`.
"""

from tflitekit.quantize.planning.op_rules import OP_RULES
from tools.op_table import HEADER, PAGE, described, rewrites

SQNR = (HEADER.index("SQNR"), HEADER.index("ideal"))


def test_every_rule_is_a_row_and_says_the_same():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split("|") for line in lines if line.startswith("| `")]
    told = [
        tuple(cell.strip() for index, cell in enumerate(row) if index not in SQNR) for row in cells
    ]
    assert told == [described(op) for op in sorted(OP_RULES)]


def test_every_op_that_is_used_was_measured():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    unmeasured = [line for line in lines if "| yes |" in line and "|  |  |" in line]
    assert unmeasured == []


def test_every_rewrite_is_told():
    text = PAGE.read_text(encoding="utf-8")
    assert [line[2:] for line in text.splitlines() if line.startswith("- ")] == list(rewrites())
