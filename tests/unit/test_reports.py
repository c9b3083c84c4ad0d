"""Where the outputs of a check go, and the command `report`."""

import json
import os
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from tests.fakes.check_reports import LIMITS, all_passed, every_outcome, hostile, report
from tflitekit.cli.app import app
from tflitekit.errors import OutputError
from tflitekit.gates.verdict import Verdict
from tflitekit.pipeline.reports import append_summary, check_outputs, github_commands, write_reports
from tflitekit.project.limit_lines import limit_line
from tflitekit.project.positions import positions_of
from tflitekit.report.formats import FORMATS
from tflitekit.report.github import github

SETTINGS = """\
[models.digits]
file = "digits.tflite"

[models.digits.budget]
size = { limit = "150 kB", regression = "5 %" }
latency = "3 ms"

[models.digits.budget.accuracy]
limit = "98 %"
regression = "0.5 pt"

[models.digits.budget_on.phone]
latency = "2 ms"

[models."a \\"b\\""]
file = "b.tflite"
budget.size = "1 MB"
"""


def line(model, quantity, device=None, kind="absolute"):
    verdict = Verdict(model, quantity, device, kind, "passed", None, None, "", "")
    return limit_line(positions_of(SETTINGS), verdict)


def test_a_limit_is_found_where_it_is_written():
    assert line("digits", "size") == line("digits", "size", kind="relative") == 5
    assert line("digits", "latency", "tablet") == 6
    assert line("digits", "latency", "phone") == 13
    assert line("digits", "accuracy") == 9
    assert line("digits", "accuracy", kind="relative") == 10
    assert line('a "b"', "size") == 17


def test_a_limit_that_is_gone_is_told_at_what_is_left():
    assert line("digits", "memory", "phone") == 4
    assert line("gone", "size") == 1


def test_annotations_are_at_the_limits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert github_commands(every_outcome()).startswith("::error file=tflitekit.toml,title=")
    (tmp_path / "tflitekit.toml").write_text(SETTINGS)
    assert github_commands(every_outcome()).startswith("::error file=tflitekit.toml,line=5,title=")


@pytest.mark.parametrize("text", ["", "[models.digits\n", "a. = 1\n", "\x00"])
def test_settings_that_were_broken_since_have_no_lines(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tflitekit.toml").write_text(text)
    assert github_commands(every_outcome()) == github(every_outcome())


def test_all_files_are_written_or_none(tmp_path):
    outputs = {name: tmp_path / f"r{one.suffix}" for name, one in FORMATS.items() if one.suffix}
    write_reports(every_outcome(), outputs | {"markdown": None})
    assert {path.name for path in tmp_path.iterdir()} == {"r.json", "r.xml", "r.txt", "r.html"}
    with pytest.raises(OutputError):
        write_reports(all_passed(), outputs | {"gitlab": tmp_path / "none" / "r.txt"})
    assert not (tmp_path / "r.md").exists()
    assert json.loads((tmp_path / "r.json").read_text())["outcome"] == "failed"


def test_outputs_are_looked_at_beforehand(tmp_path):
    source = tmp_path / "tflitekit.toml"
    check_outputs({"junit": tmp_path / "a.xml", "markdown": None}, [source])
    with pytest.raises(OutputError, match="its own source"):
        check_outputs({"junit": source}, [source])
    with pytest.raises(OutputError, match="two outputs"):
        check_outputs({"junit": tmp_path / "a", "markdown": tmp_path / "a"}, [])


def test_the_summary_is_added_to_what_the_step_has(tmp_path, monkeypatch):
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    append_summary(every_outcome())
    append_summary(hostile())
    text = file.read_text(encoding="utf-8")
    assert text.startswith("before\n### ❌ tflitekit check: 2 failed")
    assert text.count("### ❌ ") == 2
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    with pytest.raises(OutputError, match="cannot be written"):
        append_summary(every_outcome())
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    append_summary(every_outcome())


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A report of every outcome in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "report.json").write_bytes(FORMATS["report"].encode(every_outcome()))
    return tmp_path


def run(*words):
    done = CliRunner().invoke(app, ["report", *words])
    assert done.exit_code == 0, done.output
    return done


def test_the_command_shows_the_table(saved):
    lines = run("report.json").stdout.splitlines()
    assert lines[0] == ("tflitekit.toml at 5254ba5+: 2 failed, 2 inconclusive, 3 passed of 7 gates")
    assert sum("digits" in one for one in lines) == len(LIMITS)


def test_the_command_writes_every_form(saved, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(saved / "summary.md"))
    words = ["--junit", "j.xml", "--markdown", "m.md", "--gitlab", "g.txt", "--html", "p.html"]
    done = run("report.json", *words, "--github", "--json")
    assert json.loads(done.stdout)["schema"] == "tflitekit.check/1"
    assert done.stderr.startswith("::error file=tflitekit.toml,title=digits%3A size::failed")
    assert (saved / "summary.md").read_text().startswith("### ❌")
    assert ElementTree.parse("j.xml").getroot().get("failures") == "2"
    for name, file in (("markdown", "m.md"), ("gitlab", "g.txt"), ("html", "p.html")):
        assert (saved / file).read_bytes() == FORMATS[name].encode(every_outcome())


def test_the_command_and_the_table_of_forms_agree():
    words = run("--help").stdout
    for name in FORMATS.keys() - {"report"}:
        assert f"--{name}" in words


def test_the_report_itself_is_not_overwritten(saved):
    done = CliRunner().invoke(app, ["report", "report.json", "--junit", "report.json"])
    assert isinstance(done.exception, OutputError)


def test_a_name_in_a_report_gives_no_orders_to_a_log(saved):
    made = hostile()
    (saved / "report.json").write_bytes(FORMATS["report"].encode(replace(made, settings="s.toml")))
    done = run("report.json")
    assert not [one for one in done.stdout.split("\n") if one.lstrip().startswith("::")]
    assert os.listdir(saved) == ["report.json"]
    assert report().outcome == "passed"
