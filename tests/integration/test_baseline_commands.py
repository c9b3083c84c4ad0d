"""`baseline` and `history` as a user starts them."""

import json
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from tests.commands import succeed, tflitekit
from tests.fakes.checks import checked, latency, report
from tflitekit.gates.measurement import Measurement

SIZE = Measurement("size", 138_000)


def write(path, *models, **rest):
    path.write_text(json.dumps(asdict(report(*models, **rest))))
    return path


@pytest.fixture
def reports(tmp_path):
    """Of two commits; the model of the second is larger, and was timed with more threads."""
    first = write(tmp_path / "first.json", checked("digits", SIZE, latency(2000)))
    larger = checked("digits", replace(SIZE, value=140_000), latency(1000, threads=4))
    return first, write(tmp_path / "second.json", larger, commit="b" * 40, time="2026-11-22")


def test_save_show_and_compare(reports, tmp_path):
    first, second = reports
    assert "138 kB" in succeed("baseline", "save", first, cwd=tmp_path)
    assert "138 kB" in succeed("baseline", "show", cwd=tmp_path)
    kept = json.loads(succeed("baseline", "show", "--json", cwd=tmp_path))
    assert kept == json.loads((tmp_path / "tflitekit.baseline.json").read_text())
    same = succeed("baseline", "compare", "tflitekit.baseline.json", first, cwd=tmp_path)
    assert same.count("same") == 2
    refused = tflitekit("baseline", "compare", first, second, cwd=tmp_path)
    assert refused.returncode == 8
    assert "+2 kB" in refused.stdout
    assert "measured differently: threads 4, there 1" in refused.stdout
    assert "1 of the values above were measured differently" in refused.stderr


def test_compare_writes_one_document(reports, tmp_path):
    done = tflitekit("baseline", "compare", *reports, "--json")
    assert done.returncode == 8
    kinds = {one["quantity"]: one["kind"] for one in json.loads(done.stdout)["changes"]}
    assert kinds == {"size": "worse", "latency": "refused"}


def test_what_is_left_out_of_a_baseline_is_told(tmp_path):
    void = replace(latency(1), void=("HOT",))
    path = write(tmp_path / "r.json", checked("digits", SIZE, void))
    done = tflitekit("baseline", "save", path, cwd=tmp_path)
    assert done.returncode == 0
    assert "warning: digits: latency is left out, for it is void: HOT" in done.stderr


def test_a_report_is_not_overwritten(reports):
    done = tflitekit("baseline", "save", reports[0], "--baseline", reports[0])
    assert done.returncode == 2
    assert "would overwrite its own source" in done.stderr


def test_history_in_every_form(reports, tmp_path):
    first, second = reports
    succeed("baseline", "save", first, cwd=tmp_path)
    shown = succeed("history", "--add", second, "--add", first, cwd=tmp_path)
    assert shown.index("138 kB") < shown.index("140 kB")
    only = json.loads(succeed("history", "--quantity", "size", "--json", cwd=tmp_path))
    assert [one["value"] for one in only["history"]] == [138_000, 140_000]
    assert len(succeed("history", "--csv", cwd=tmp_path).splitlines()) == 5
    assert succeed("history", "--plot", "h.svg", cwd=tmp_path) == ""
    assert (tmp_path / "h.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--json", "--csv"), "are two forms of one result"),
        (("--plot", "h.gif"), "is no kind of plot"),
        (("--plot", "h.svg", "--model", "x"), "there is nothing to draw"),
        (("--plot", "h.svg", "--baseline", "none.json"), "cannot be read"),
        (("--since", "noon"), "is no date"),
        (("--add", "none.json"), "cannot be read"),
    ],
)
def test_mistakes_with_the_history(reports, tmp_path, words, told):
    succeed("history", "--add", reports[0], cwd=tmp_path)
    done = tflitekit("history", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "h.svg").exists()


RECORDS = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.fakes.checks import checked, report
from tflitekit.gates.measurement import Measurement
from tflitekit.history.record import record
for number in range(20):
    model = checked(sys.argv[2], Measurement("size", number))
    assert record(Path(sys.argv[1]), report(model))
"""


def test_processes_record_into_one_file(tmp_path, request):
    path = tmp_path / "h.sqlite"
    processes = [
        subprocess.Popen([sys.executable, "-c", RECORDS, path, who], cwd=request.config.rootpath)
        for who in "abc"
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert len(json.loads(succeed("history", path, "--json"))["history"]) == 60
