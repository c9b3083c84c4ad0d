"""A check's report as JSON."""

import json
import re
from dataclasses import fields

import jsonschema
import pytest

from tests.fakes.check_reports import (
    all_passed,
    every_outcome,
)
from tests.fakes.json_documents import strict
from tflitekit.errors import UsageError
from tflitekit.gates.report import CheckReport
from tflitekit.gates.report_file import read_report
from tflitekit.report.check_json import check_json, check_schema, check_text
from tflitekit.report.formats import FORMATS


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
