import json
import time

import pytest

from tflitekit import console
from tflitekit.errors import DataError, SettingsError, UsageError


def test_plain_progress_is_a_line_now_and_then(monkeypatch, capsys):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with console.Console().bar("Reading", 50) as advance:
        advance(10)
        now += 6
        advance(15)
    captured = capsys.readouterr()
    assert captured.err == "  Reading: 25 (50 %)\n"
    assert captured.out == ""


@pytest.mark.parametrize("total", [None, 4])
def test_bars_may_be_nested_on_a_terminal(monkeypatch, total):
    monkeypatch.setenv("FORCE_COLOR", "1")
    outer = console.Console()
    with outer.bar("Outer", None), outer.bar("Inner", total, "B") as advance:
        advance(2)
    with outer.bar("Again", 1) as advance:
        advance(1)


def test_an_error_is_one_line_and_what_to_do(capsys):
    console.print_error(DataError("holds NaN", where="x.npz", hint="Drop it"), as_json=False)
    captured = capsys.readouterr()
    assert captured.err == "error: x.npz: holds NaN\n  → Drop it\n"
    assert captured.out == ""


def test_an_error_is_json_too_where_json_was_asked_for(capsys):
    console.print_error(DataError("holds NaN"), as_json=True)
    assert json.loads(capsys.readouterr().out)["error"]["exit_code"] == 3


def test_github_gets_annotations(monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    console.print_error(DataError("100 %\nNaN"), as_json=False)
    console.Console().warn("few samples")
    assert capsys.readouterr().err == "::error::100 %25%0ANaN\n::warning::few samples\n"


def test_every_mistake_in_a_file_is_told(capsys):
    error = SettingsError(
        [UsageError("a", where="s.toml:1", hint="b"), UsageError("c", where="s.toml:2")]
    )
    console.print_error(error, as_json=True)
    captured = capsys.readouterr()
    assert captured.err == "error: s.toml:1: a\n  → b\nerror: s.toml:2: c\n"
    told = json.loads(captured.out)["error"]
    assert [one["where"] for one in told["errors"]] == ["s.toml:1", "s.toml:2"]
    assert told["where"] == "s.toml:1"


def test_github_gets_the_line_of_a_mistake(monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    mistakes = [
        UsageError("a", where="ci/a,b.toml:12"),
        UsageError("c", where="ci/s.toml"),
        UsageError("d", where="adb:12"),
    ]
    console.print_error(SettingsError(mistakes), as_json=False)
    assert capsys.readouterr().err.splitlines() == [
        "::error file=ci/a%2Cb.toml,line=12::ci/a,b.toml:12: a",
        "::error::ci/s.toml: c",
        "::error::adb:12: d",
    ]


def test_no_figure_is_cut_in_a_pipe(capsys):
    console.print_table("", ("model", "size"), [("m" * 100, "1234567 B")])
    console.print_facts("m.tflite", [("sha256", "0" * 64)])
    out = capsys.readouterr().out
    assert "1234567 B" in out
    assert "0" * 64 in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_json_has_no_nan(capsys):
    with pytest.raises(ValueError, match="JSON"):
        console.print_json({"value": float("nan")})
