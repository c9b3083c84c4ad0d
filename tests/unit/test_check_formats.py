"""Every form of a check's report, read by a parser that is not ours."""

import io
import json
import re
import shlex
from dataclasses import fields, replace
from xml.etree import ElementTree

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml
from markdown_it import MarkdownIt
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.fakes.check_reports import (
    HOSTILE,
    LIMITS,
    all_passed,
    every_outcome,
    every_quantity,
    hostile,
    not_built,
    report,
)
from tests.fakes.json_documents import strict
from tflitekit.errors import UsageError
from tflitekit.gates.report import CheckReport
from tflitekit.gates.report_file import read_report
from tflitekit.gates.verdict import Verdict
from tflitekit.report.check_json import check_json, check_schema, check_text
from tflitekit.report.check_table import HEADER, check_rows, check_title
from tflitekit.report.formats import FORMATS
from tflitekit.report.github import github
from tflitekit.report.gitlab_metrics import gitlab_metrics
from tflitekit.report.junit import junit
from tflitekit.report.markdown import LONGEST, markdown
from tflitekit.report.one_line import plain
from tflitekit.report.workflow_commands import command, escape_message, escape_property

REPORTS = {
    "every outcome": every_outcome(),
    "passed": all_passed(),
    "no limits": report(),
    "hostile": hostile(),
    "no models": replace(every_outcome(), models=()),
    "not built": not_built(),
    "every quantity": every_quantity(),
}


@pytest.fixture(params=REPORTS)
def any_report(request):
    return REPORTS[request.param]


def many(count):
    """A report with more gates than fit in a comment."""
    return report(*(replace(LIMITS[0], reason=f"reason {number}") for number in range(count)))


# --- all -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_every_report(name, any_report):
    assert FORMATS[name].encode(any_report).decode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_gives_the_same_bytes(name):
    assert FORMATS[name].encode(every_outcome()) == FORMATS[name].encode(every_outcome())


# --- JSON ----------------------------------------------------------------------------------------


def test_json_keeps_to_its_schema_with_no_member_more(any_report):
    jsonschema.Draft202012Validator.check_schema(check_schema())
    document = json.loads(check_text(any_report))
    jsonschema.validate(document, check_schema())
    jsonschema.validate(document, strict(check_schema()))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "tflitekit.check/2"),
        (("outcome",), "fine"),
        (("models", 0, "outcome"), None),
        (("models", 0, "verdicts", 0, "outcome"), "skipped"),
        (("models", 0, "measurements", 0, "value"), "154500"),
        (("models", 0, "warnings"), None),
    ],
)
def test_the_schema_refuses_what_is_wrong(path, value):
    document = json.loads(check_text(every_outcome()))
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError) as caught:
        jsonschema.validate(document, check_schema())
    assert tuple(caught.value.absolute_path) == path


def test_every_member_is_described():
    schema = check_schema()
    for kind in (schema, *schema["$defs"].values()):
        assert kind["description"]
        assert all("description" in member for member in kind["properties"].values())
        assert sorted(kind["required"]) == sorted(kind["properties"])


def test_json_tells_the_outcome_of_each_model():
    document = check_json(every_outcome())
    assert document["outcome"] == document["models"][0]["outcome"] == "failed"
    assert check_json(all_passed())["outcome"] == "passed"
    assert next(iter(document)) == "schema"


def test_a_report_that_was_written_is_read_again(tmp_path, any_report):
    file = tmp_path / "report.json"
    file.write_bytes(FORMATS["report"].encode(any_report))
    read = read_report(file)
    assert check_text(read) == check_text(any_report).replace("\ud800", "?")
    assert isinstance(read, CheckReport)
    assert all(type(getattr(read, one.name)) is not dict for one in fields(read))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "is no JSON"),
        (b"[]", "is no report"),
        (b'{"schema": "tflitekit.check/2"}', "is tflitekit.check/2, and this version"),
        (b'{"schema": "tflitekit.check/1"}', "version: field required"),
        (b"\xff\xfe\x00", "is no text"),
        (b"[" * 100_000, "is no JSON"),
    ],
)
def test_what_is_no_report_is_an_error_that_says_why(tmp_path, text, told):
    file = tmp_path / "report.json"
    file.write_bytes(text)
    with pytest.raises(UsageError, match=re.escape(told)) as caught:
        read_report(file)
    assert caught.value.where.startswith(str(file))


def test_a_wrong_member_is_named(tmp_path):
    document = check_json(every_outcome())
    document["models"][0]["verdicts"][2]["outcome"] = "fine"
    file = tmp_path / "report.json"
    file.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=re.escape("models.0.verdicts.2.outcome")):
        read_report(file)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_report(tmp_path / "none.json")


# --- table ---------------------------------------------------------------------------------------


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


# --- JUnit ---------------------------------------------------------------------------------------


def cases_of(made):
    """By suite and name, each test case as another reader sees it."""
    xml = JUnitXml.fromroot(ElementTree.fromstring(junit(made).encode("utf-8", "replace")))
    return {(suite.name, case.name): case for suite in xml for case in suite}


def test_junit_has_a_case_for_each_model_device_and_quantity():
    cases = cases_of(every_outcome())
    assert [name for _, name in cases] == [
        *("size", "accuracy", "latency on phone", "latency_p90 on phone", "memory on phone"),
        "runtime",
    ]
    failed, passed, _, void, missing = [
        cases["digits", name]
        for name in (
            *("size", "accuracy", "latency on phone", "latency_p90 on phone", "memory on phone"),
        )
    ]
    assert [type(one) for one in failed.result] == [Failure]
    assert failed.result[0].message == "3 % more"
    assert "digits: size: failed: 3 % more" in failed.result[0].text
    assert "digits: size: passed: 3 % more" in failed.result[0].text
    assert passed.is_passed
    for case in (void, missing):
        assert [type(one) for one in case.result] == [Error]
        assert not case.is_passed
        assert not case.is_skipped
    assert void.result[0].type == "inconclusive"


def test_junit_counts_what_it_holds(any_report):
    root = ElementTree.fromstring(junit(any_report).encode("utf-8", "replace"))
    for holder in (root, *root.iter("testsuite")):
        cases = list(holder.iter("testcase"))
        assert int(holder.get("tests")) == len(cases)
        assert int(holder.get("failures")) == sum(
            case.find("failure") is not None for case in cases
        )
        assert int(holder.get("errors")) == sum(case.find("error") is not None for case in cases)
        assert holder.get("skipped") == "0"


def test_junit_has_the_exact_numbers():
    root = ElementTree.fromstring(junit(every_outcome()))
    cases = {
        case.get("name"): [(one.get("name"), one.get("value")) for one in case.iter("property")]
        for case in root.iter("testcase")
    }
    found = dict(cases["latency on phone"])
    assert float(found["observed"]) == 2100.0
    assert float(found["baseline"]) == 2000.0
    assert (found["low"], found["high"], found["unit"]) == ("2050.0", "2160.0", "us")
    assert found["setting.processor"] == "Cortex-A76"
    size = [name for name, _ in cases["size"]]
    assert {"absolute.outcome", "relative.outcome"} <= set(size)
    assert len(size) == len(set(size))


def test_junit_names_do_not_depend_on_what_was_observed():
    faster = replace(LIMITS[3], outcome="passed", observed=replace(LIMITS[3].observed, value=1.0))
    assert cases_of(report(faster)).keys() == cases_of(report(LIMITS[3])).keys()


def test_a_hostile_name_is_one_name_in_junit():
    ((suite, name),) = cases_of(hostile())
    unprintable = re.compile("[\x00\x1b\ud800]")
    assert suite == unprintable.sub("\ufffd", HOSTILE)
    assert name == "latency on " + unprintable.sub("\ufffd", HOSTILE)


# --- Markdown ------------------------------------------------------------------------------------

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


# --- GitHub --------------------------------------------------------------------------------------

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


# --- GitLab --------------------------------------------------------------------------------------


def gitlab_reads(text):
    """What GitLab makes of a metrics report: all up to a #, split as a shell does."""
    found = {}
    for line in io.StringIO(text):
        words = shlex.split(line.split("#")[0])
        if len(words) > 1:
            found[words[0]] = words[1]
    return found


def test_openmetrics_is_read_by_prometheus(any_report):
    families = list(text_string_to_metric_families(gitlab_metrics(any_report)))
    assert families[-1].name == "tflitekit_gates"


def test_openmetrics_has_values_with_units():
    text = gitlab_metrics(every_outcome())
    families = {one.name: one for one in text_string_to_metric_families(text)}
    assert families["tflitekit_size_bytes"].unit == "bytes"
    (sample,) = families["tflitekit_latency_seconds"].samples
    assert sample.value == 0.0021
    assert sample.labels == {"model": "digits", "device": "phone"}
    assert "tflitekit_latency_p90_seconds" not in families, "a void number is no number"
    gates = {one.labels["outcome"]: one.value for one in families["tflitekit_gates"].samples}
    assert gates == {"failed": 2, "inconclusive": 2, "passed": 3}


def test_a_change_of_unit_adds_no_digits():
    """GitLab compares texts: 7.3 µs must not be 7.299999999999999e-06 s."""
    made = report(replace(LIMITS[3], observed=replace(LIMITS[3].observed, value=7.3)))
    assert '"digits"} 7.3e-06\n' in gitlab_metrics(made)


def test_gitlab_reads_every_value(any_report):
    text = gitlab_metrics(any_report)
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    found = gitlab_reads(text)
    assert len(found) == len(samples)
    assert sorted(map(float, found.values())) == sorted(one.value for one in samples)


def test_a_name_with_a_hash_is_not_lost_in_gitlab():
    made = report(Verdict(*LIMITS[0].__dict__.values()), name="model #1")
    assert "tflitekit_size_bytes{model=model ＃1}" in gitlab_reads(gitlab_metrics(made))
