"""The recipes in docs/ci do what they say: each is run, and its gates turn red and green."""

import json
import subprocess
import sys
import tomllib

import pytest
from junitparser import JUnitXml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.ci_recipes import RECIPES, ROOT, digits_project, load, run_github, run_gitlab

pytestmark = [pytest.mark.build, pytest.mark.convert, pytest.mark.slow]

SIZE = 'size = "150 kB"'
HOOK = ("entry", "files", "pass_filenames", "id", "name")
GATES = len(tomllib.loads((RECIPES / "tflitekit.toml").read_text())["models"]["digits"]["budget"])
FILES = {"junit.xml", "check.json", "check.md", "check.html"}


@pytest.fixture
def repository(digits, tmp_path):
    """A project with the settings of the recipes and the digits model."""
    return digits_project(tmp_path, digits)


def junit(job):
    """Failures and errors of what a job has kept."""
    (file,) = [path for path in job.kept if path.name == "junit.xml"]
    xml = JUnitXml.fromfile(str(file))
    return xml.tests, xml.failures, xml.errors


def line_of(text):
    lines = (RECIPES / "tflitekit.toml").read_text().splitlines()
    return 1 + [line.startswith(text) for line in lines].index(True)


@pytest.mark.parametrize(
    ("schema", "recipe"),
    [
        ("vendor.github-workflows", "github-gates.yml"),
        ("custom.github-workflows-require-timeout", "github-gates.yml"),
        ("vendor.github-workflows", "github-emulator.yml"),
        ("custom.github-workflows-require-timeout", "github-emulator.yml"),
        ("vendor.gitlab-ci", "gitlab-ci.yml"),
    ],
)
def test_recipes_keep_to_the_published_schemas(schema, recipe):
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = subprocess.run(
        [*check, RECIPES / recipe], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hook_that_runs_here_is_the_one_that_is_published():
    pre_commit = [sys.executable, "-m", "pre_commit"]
    manifest, config = ROOT / ".pre-commit-hooks.yaml", RECIPES / "pre-commit-config.yaml"
    subprocess.run([*pre_commit, "validate-manifest", manifest], timeout=60, check=True)
    subprocess.run([*pre_commit, "validate-config", config], timeout=60, check=True)
    (published,) = load("../../.pre-commit-hooks.yaml")
    ((shown,),) = [repo["hooks"] for repo in load("pre-commit-config.yaml")["repos"]]
    assert {key: published[key] for key in HOOK} == {key: shown[key] for key in HOOK}


def test_github_is_green_where_all_gates_hold(repository):
    job = run_github(repository, "github-gates.yml")
    assert job.status == 0, job.log
    assert repository.installed.read_text() == "-m pip install tflitekit\n"
    assert {path.name for path in job.kept} == FILES
    assert junit(job) == (GATES, 0, 0)
    assert f"::notice title=tflitekit check::{GATES} passed of {GATES} gates" in job.log
    assert repository.summary.read_text().startswith("### ✅")
    report = json.loads((repository.folder / "reports" / "check.json").read_text())
    assert len(report["commit"]) >= 7
    assert not report["commit"].endswith("+")


def test_github_is_red_and_points_at_the_limit_that_is_broken(repository):
    repository.edit("tflitekit.toml", SIZE, 'size = "100 kB"')
    job = run_github(repository, "github-gates.yml")
    assert job.status == 7, job.log
    assert {path.name for path in job.kept} == FILES
    assert junit(job) == (GATES, 1, 0)
    assert f"::error file=tflitekit.toml,line={line_of('size')},title=digits%3A size::" in job.log
    assert job.log.count("::error file=") == 1
    assert repository.summary.read_text().startswith("### ❌")


def test_github_is_not_green_where_nothing_is_known(repository):
    repository.edit("tflitekit.toml", SIZE, 'size = { regression = "1 %" }')
    job = run_github(repository, "github-gates.yml")
    assert job.status == 8, job.log
    assert junit(job) == (GATES, 0, 1)
    assert f"::warning file=tflitekit.toml,line={line_of('size')}," in job.log


def test_gitlab_gets_tests_and_metrics(repository):
    job = run_gitlab(repository, "gitlab-ci.yml")
    assert job.status == 0, job.log
    assert {path.name for path in job.kept} == FILES | {"metrics.txt"}
    assert junit(job) == (GATES, 0, 0)
    text = (repository.folder / "reports" / "metrics.txt").read_text()
    families = {one.name: one for one in text_string_to_metric_families(text)}
    assert families["tflitekit_accuracy"].samples[0].labels == {"model": "digits", "device": "host"}
    repository.edit("tflitekit.toml", SIZE, 'size = "100 kB"')
    job = run_gitlab(repository, "gitlab-ci.yml")
    assert (job.status, junit(job)) == (7, (GATES, 1, 0)), job.log


def test_the_hook_lets_no_model_in_that_is_too_large(repository, tmp_path):
    config = (RECIPES / "pre-commit-config.yaml").read_text()
    (repository.folder / ".pre-commit-config.yaml").write_text(config)
    kept = {"PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    repository.run([sys.executable, "-m", "pre_commit", "install"], kept)
    assert "Skipped" in repository.commit().stdout
    repository.edit("tflitekit.toml", SIZE, 'size = "100 kB"')
    refused = repository.commit()
    assert refused.returncode == 1
    assert "out of budget: size of digits" in refused.stdout
    repository.edit("tflitekit.toml", 'size = "100 kB"', 'size = "160 kB"')
    assert "Passed" in repository.commit().stdout
    assert repository.git("status", "--porcelain").stdout == ""
