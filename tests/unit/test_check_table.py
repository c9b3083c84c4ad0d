"""A check's report as a table."""

import re

from tests.fakes.check_reports import (
    LIMITS,
    every_outcome,
    hostile,
    report,
)
from tflitekit.report.check_table import HEADER, check_rows, check_title
from tflitekit.report.one_line import plain


def test_the_table_has_a_row_for_each_limit():
    rows = [dict(zip(HEADER, row, strict=True)) for row in check_rows(every_outcome())]
    assert len(rows) == len(LIMITS)
    assert rows[0] == {
        "model": "digits",
        "quantity": "size",
        "device": "file",
        "observed": "154 kB",
        "limit": "at most 150 kB",
        "outcome": "failed",
        "reason": "3 % more",
    }
    assert rows[3]["observed"] == "2.1 ms (2.05 ms - 2.16 ms)"
    assert rows[5]["observed"] == "-"
    assert check_title(every_outcome()).endswith("2 failed, 2 inconclusive, 3 passed of 7 gates")
    assert check_title(report()).endswith("no limits are set")


def test_no_text_begins_a_command_in_a_log():
    for cell in (check_title(hostile()), *(cell for row in check_rows(hostile()) for cell in row)):
        assert "::" not in cell
        assert cell.isprintable() or "\u200b" in cell
        assert not re.search("[\n\x00\x1b\u2028]", cell)
    assert plain("mobilenet_v2-int8.1") == "mobilenet_v2-int8.1"
    assert plain('a "b"') == '"a \\"b\\""'
