"""A repository with settings, a model, a baseline and a history, as CI meets it."""

import json
import shutil
import subprocess

import pytest

from tests.commands import succeed, tflitekit
from tests.fakes.regressions import REGRESSIONS, plant
from tflitekit.gates.report_file import read_report
from tflitekit.report.check_json import check_text
from tflitekit.report.formats import FORMATS

SETTINGS = """\
[models.digits]
file = "digits.tflite"
float = "digits_float32.tflite"
data = "digits"

[models.digits.budget]
size = { limit = "200 kB", regression = "2 %" }
float_tensors = 0
custom_ops = 0
macs = "3 M"
bytes_moved = { regression = "2 %" }
accuracy = { limit = "90 %", regression = "0.5 pt" }
accuracy_drop = "4 pt"
"""

BUILT = """\
[models.digits]
source = "model.keras"
data = "digits"

[models.digits.recipe]
samples = 20

[models.digits.budget]
size_ratio = "30 %"
"""


@pytest.fixture
def project(digits, tmp_path):
    """A git repository with the digits model, its settings and an accepted baseline."""
    shutil.copy(digits / "int8.tflite", tmp_path / "digits.tflite")
    shutil.copy(digits / "float32.tflite", tmp_path / "digits_float32.tflite")
    (tmp_path / "tflitekit.toml").write_text(SETTINGS)
    for words in (
        ("init", "-q"),
        ("add", "."),
        *((("-c", "user.name=a", "-c", "user.email=a@b.invalid", "commit", "-qm", "model")),),
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, timeout=60)
    return tmp_path


def checked(folder, *words):
    """The status of a check, and its report."""
    done = tflitekit("check", *words, "--json", cwd=folder)
    return done.returncode, json.loads(done.stdout)


def outcomes(report, outcome):
    verdicts = [verdict for model in report["models"] for verdict in model["verdicts"]]
    return {(one["quantity"], one["kind"]) for one in verdicts if one["outcome"] == outcome}


@pytest.mark.convert
def test_the_life_of_a_baseline(project):
    status, report = checked(project, "--static")
    assert (status, report["outcome"]) == (8, "inconclusive")
    assert outcomes(report, "inconclusive") == {("size", "relative"), ("bytes_moved", "relative")}
    assert not (project / "tflitekit.baseline.json").exists()

    status, report = checked(project, "--save-baseline", "--record")
    assert (status, report["outcome"]) == (0, "passed")
    assert len(report["commit"]) == 40

    for quantity in REGRESSIONS:
        shutil.copy(project / "digits.tflite", project / "good.tflite")
        plant(quantity, project / "good.tflite", project / "digits.tflite")
        status, report = checked(project, "--record")
        shutil.copy(project / "good.tflite", project / "digits.tflite")
        assert status == 7
        assert {name for name, _ in outcomes(report, "failed")} == {quantity}
        assert outcomes(report, "inconclusive") == set()

    history = json.loads(succeed("history", "--quantity", "size", "--json", cwd=project))
    assert len(history["history"]) == 1 + len(REGRESSIONS)


def test_every_form_of_a_report(project):
    files = {name: project / f"out{one.suffix}" for name, one in FORMATS.items() if one.suffix}
    words = [word for name, path in files.items() for word in (f"--{name}", path)]
    done = tflitekit("check", "--static", *words, "--github", cwd=project)
    assert done.returncode == 8
    report = read_report(files["report"])
    assert report.outcome == "inconclusive"
    assert json.loads(files.pop("report").read_text()) == json.loads(check_text(report))
    for name, path in files.items():
        assert path.read_bytes() == FORMATS[name].encode(report)
    assert "::warning file=tflitekit.toml,line=7," in done.stderr


@pytest.mark.convert
def test_what_is_built(project):
    shutil.copy(project / "digits.tflite", project / "model.keras")
    (project / "tflitekit.toml").write_text(BUILT)
    status, report = checked(project)
    assert status == 7
    (model,) = report["models"]
    assert model["model"] is None
    assert "the int8 model" in model["verdicts"][0]["reason"] or model["warnings"]

    shutil.copy(project / "digits_float32.tflite", project / "model.keras")
    status, report = checked(project)
    assert (status, report["outcome"]) == (0, "passed")
    assert (project / ".tflitekit" / "digits.tflite").is_file()
    ignored = ["git", "status", "--porcelain", "--untracked-files=all", ".tflitekit"]
    done = subprocess.run(ignored, cwd=project, capture_output=True, text=True, timeout=60)
    assert done.stdout == ""


def test_a_device_that_is_not_there_leaves_its_limits_open(project):
    settings = SETTINGS + '\n[devices.phone]\nuri = "adb:not-there"\n'
    (project / "tflitekit.toml").write_text(settings)
    status, report = checked(project, "--save-baseline")
    assert status == 8
    assert {name for name, _ in outcomes(report, "inconclusive")} == {"accuracy", "accuracy_drop"}
    assert "not-there" in report["models"][0]["verdicts"][-1]["reason"]


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["--model", "digit"], 2, "Did you mean digits?"),
        (["--device", "phone"], 2, "--device phone"),
        (["--static", "--device", "phone"], 2, "--static"),
        (["other.toml"], 2, "tflitekit init"),
        (["--report", "tflitekit.toml"], 2, "tflitekit.toml"),
    ],
)
def test_mistakes_are_told_in_one_line(project, words, status, text):
    done = tflitekit("check", *words, cwd=project)
    assert (done.returncode, done.stdout) == (status, "")
    assert text in done.stderr
    assert "Traceback" not in done.stderr
