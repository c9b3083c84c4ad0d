"""A check's report as GitHub's workflow commands."""

import re

import pytest

from tests.fakes.check_reports import (
    HOSTILE,
    all_passed,
    every_outcome,
)
from tflitekit.report.github import github
from tflitekit.report.workflow_commands import command, escape_message, escape_property

VALUE = r"(?:[^%\r\n:,]|%25|%0D|%0A|%3A|%2C)*"
COMMAND = re.compile(
    rf"::(error|warning|notice)(?: (file|line|title)={VALUE}(?:,(?:line|title)={VALUE})*)?"
    r"::((?:[^%\r\n]|%25|%0D|%0A)*)"
)


def test_every_line_is_one_command(any_report):
    lines = github(any_report).split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert COMMAND.fullmatch(line), line


def test_an_error_for_what_failed_and_a_warning_for_what_is_open():
    lines = github(every_outcome()).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 2 + ["::warning"] * 3
    assert lines[0] == (
        "::error file=tflitekit.toml,title=digits%3A size"
        "::failed: 3 %25 more (limit: at most 150 kB)"
    )
    assert github(all_passed()).splitlines()[-1].startswith("::notice title=tflitekit check::3 pa")


def test_an_annotation_points_at_its_limit():
    lines = {"size": 7}
    first = github(every_outcome(), lambda one: lines.get(one.quantity)).splitlines()[0]
    assert first.startswith("::error file=tflitekit.toml,line=7,title=")


@pytest.mark.parametrize("text", [HOSTILE, "", "%25", "%0A", "a,b:c", "::", "\r\n"])
def test_what_is_escaped_comes_out_of_the_runner_as_it_was(text):
    """It decodes in this order, as its source says."""
    decoded = escape_message(text)
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        decoded = decoded.replace(code, sign)
    assert decoded == text
    decoded = escape_property(text)
    codes = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
    for code, sign in codes:
        decoded = decoded.replace(code, sign)
    assert decoded == text
    assert not set(escape_property(text)) & set(":,\r\n")


def test_a_command_without_properties():
    assert command("notice", "50 %", file="") == "::notice::50 %25"
