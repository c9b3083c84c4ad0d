"""A check's report as Markdown, read by a parser that is not ours."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from tests.fakes.check_reports import (
    HOSTILE,
    LIMITS,
    all_passed,
    every_outcome,
    hostile,
    many,
    not_built,
    report,
)
from tflitekit.report.markdown import LONGEST, markdown

CELL_COUNT = 9


def tokens_of(text):
    """What a reader of GitHub's Markdown makes of it, inline parts one by one."""
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(text):
        yield from token.children or [token]


def tables_of(text):
    """The rows of all tables, the content of each cell."""
    rows, before = [], ""
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif before in ("th_open", "td_open"):
            rows[-1].append("".join(child.content for child in token.children))
        before = token.type
    return rows


def test_markdown_tells_all_in_its_first_line():
    assert markdown(every_outcome()).startswith(
        "### ❌ tflitekit check: 2 failed, 2 inconclusive, 3 passed of 7 gates\n"
    )
    assert markdown(all_passed()).startswith("### ✅ tflitekit check: 3 passed of 3 gates\n")
    open_only = report(*(one for one in LIMITS if one.outcome == "inconclusive"))
    assert markdown(open_only).startswith("### ❔ ")


def test_markdown_has_the_worst_first_and_the_change_against_the_baseline():
    header, *rows = tables_of(markdown(every_outcome()))[: 1 + len(LIMITS)]
    gates = [dict(zip(header, row, strict=True)) for row in rows]
    assert [gate[""] for gate in gates] == ["❌", "❌", "❔", "❔", "✅", "✅", "✅"]
    changes = {(gate["quantity"], gate["limit"][:7]): gate["change"] for gate in gates}
    assert changes["latency", "at most"] == "+5.00 %"
    assert changes["accuracy", "at most"] == "-0.2 pt"
    assert changes["memory", "at most"] == "-"
    assert gates[1]["observed"] == "2.1 ms (2.05 ms - 2.16 ms)"


def test_markdown_folds_the_details():
    _, _, folded = markdown(every_outcome()).partition("<details>\n<summary>")
    assert "<code>digits</code>: everything that was measured</summary>\n\n" in folded
    rows = tables_of(folded)
    assert ["size", "file", "154 kB", "the file", ""] in rows
    assert "THROTTLED" in rows[4][-1]
    assert "⚠️ the calibration data have 3 findings" in folded
    assert folded.rstrip().endswith("</details>")


def test_nothing_in_a_name_becomes_markup():
    text = markdown(hostile())
    tokens = list(tokens_of(text))
    assert {token.type for token in tokens} & {"link_open", "image", "strong_open"} == set()
    inline = [token.content for token in tokens if token.type == "html_inline"]
    assert inline == []
    for token in tokens:
        if token.type == "html_block":
            assert re.fullmatch(
                r"<details>\n<summary><code>[^<>]*</code>: [^<>]*</summary>\n|</details>\n?",
                token.content,
            )
    assert {len(row) for row in tables_of(text)} == {CELL_COUNT, 5}


def test_nobody_is_mentioned_and_nothing_linked():
    """GitHub looks for these in all text but code, after everything else is done."""
    for token in tokens_of(markdown(hostile())):
        if token.type == "text":
            assert not re.search(r"[@#!]\w|www\.|://\w", token.content), token.content
    assert "@\u200bsomeone" in "".join(
        token.content for token in tokens_of(markdown(hostile())) if token.type == "text"
    )


def test_a_hostile_name_is_shown_as_it_is():
    shown = HOSTILE.replace("\n", r"\n").replace("\x00", r"\x00").replace("\x1b", r"\x1b")
    shown = shown.replace("\u2028", r"\u2028").replace("\ud800", r"\ud800")
    tokens = list(tokens_of(markdown(hostile())))
    codes = [token.content for token in tokens if token.type == "code_inline"]
    assert codes.count(shown) >= 5
    plainly = "".join(token.content for token in tokens if token.type == "text")
    assert shown in plainly.replace("\u200b", "")


@pytest.mark.parametrize("name", ["", " ", "`", "``a", "a`", "|", "\\", "\\|", "\t", "a" * 300])
def test_awkward_names_keep_the_table_whole(name):
    made = report(replace(LIMITS[0], model=name, reason=name), name=name)
    header, gate = tables_of(markdown(made))[:2]
    assert len(header) == len(gate) == CELL_COUNT
    assert gate[1].strip() == name.replace("\t", r"\t").strip()


@pytest.mark.parametrize("count", [770, 3000])
def test_markdown_fits_into_a_comment(count):
    text = markdown(many(count))
    assert 0.7 * LONGEST < len(text) < 65_536
    assert "left out: the report is too long" in text
    shown = len(tables_of(text)) - 1
    assert (f"{count - shown} more gates" in text) == (shown < count)


def test_a_model_that_was_not_built_says_why():
    text = markdown(not_built())
    assert "⚠️ there is no such layer" in text
    assert "SHA-256" not in text
