"""The recipe for an Android emulator, with a virtual device in place of one."""

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from tests.ci_recipes import Repository, digits_project, run_github

pytestmark = [pytest.mark.build, pytest.mark.convert, pytest.mark.device, pytest.mark.slow]


@pytest.fixture
def repository(digits: Path, tmp_path: Path) -> Repository:
    """A project with the settings of the recipes and the digits model."""
    return digits_project(tmp_path, digits)


def test_accuracy_is_held_to_its_budget_on_the_emulator(
    repository: Repository, virtual_amd64: str
) -> None:
    job = run_github(repository, "github-emulator.yml")
    assert job.status == 0, job.log
    assert virtual_amd64 in job.log, "`tflitekit devices` shows it"
    files = {"check.json", "check.md", "check.html", "junit.xml"}
    assert {path.name for path in job.kept} == files
    report = json.loads((repository.folder / "reports" / "check.json").read_text())
    (model,) = report["models"]
    found = {one["quantity"]: one for one in model["measurements"]}
    assert found["accuracy"]["device"] == found["latency"]["device"] == "emulator"
    assert "latency" not in {one["quantity"] for one in model["verdicts"]}
    (bench,) = model["benches"].values()
    assert "EMULATOR" in {one["tag"] for one in bench["results"][0]["warnings"]}
    sudone = repository.sudone.read_text().splitlines()
    assert [line.split()[0] for line in sudone] == ["tee", "udevadm", "udevadm"]


def test_a_model_that_got_worse_is_red_on_the_emulator(
    repository: Repository, virtual_amd64: str
) -> None:
    repository.edit("tflitekit.toml", 'accuracy = "98 %"', 'accuracy = "99.9 %"')
    job = run_github(repository, "github-emulator.yml")
    assert job.status == 7, job.log
    assert "title=digits%3A accuracy on emulator::" in job.log
    xml = JUnitXml.fromfile(str(repository.folder / "reports" / "junit.xml"))
    assert (xml.failures, xml.errors) == (1, 0)
