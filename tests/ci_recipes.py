"""Runs the steps of the recipes in docs/ci as their CI systems do, in a repository of its own.

`pip install` and `sudo` are replaced: the present environment is what would be installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
RECIPES = ROOT / "docs" / "ci"

_TIMEOUT = 900
_FORMS = ("int8", "float32")
_GIT_NAMES = [f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
_SHIMS = {
    "tflitekit": 'exec {python} -c "from tflitekit.cli import main; main()" "$@"',
    "python": 'case "$*" in "-m pip install "*) echo "$*" >>"$INSTALLED"; exit;; esac\n'
    'exec {python} "$@"',
    "sudo": 'echo "$*" >>"$SUDONE"; [ "$1" != tee ] || cat >/dev/null',
}


@dataclass(frozen=True)
class Step:
    """One step of a job.

    Attributes:
        name: for people.
        shells: each a command line and its script.
        always: whether it runs after one that failed.
        kept: folders that it uploads.
    """

    name: str
    shells: tuple[tuple[str, ...], ...] = ()
    always: bool = False
    kept: tuple[str, ...] = ()


@dataclass
class Finished:
    """What became of a job.

    Attributes:
        status: of the first shell that failed; 0 of none.
        log: everything that was written, as a CI system shows it.
        kept: files that were uploaded.
    """

    status: int = 0
    log: str = ""
    kept: list[Path] = field(default_factory=list)


class Repository:
    """A fresh git repository with the files of a project.

    Args:
        folder: an empty folder.
        files: by path in the repository, what is copied there.
    """

    def __init__(self, folder: Path, files: Mapping[str, Path]) -> None:
        self.folder = folder / "project"
        self._beside = folder / "beside"
        for name, source in files.items():
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        self._make_shims()
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    @property
    def env(self) -> dict[str, str]:
        """The environment of everything that runs in it."""
        outer = {key: value for key, value in os.environ.items() if not key.startswith("GIT")}
        return outer | {
            "PATH": f"{self._beside / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "INSTALLED": str(self.installed),
            "SUDONE": str(self.sudone),
            "HOME": str(self._beside),
            "GIT_CONFIG_NOSYSTEM": "1",
            **dict.fromkeys(_GIT_NAMES, "nobody@host.invalid"),
        }

    @property
    def installed(self) -> Path:
        """What pip was asked for, a line a call."""
        return self._beside / "installed"

    @property
    def sudone(self) -> Path:
        """What root was asked for, a line a call."""
        return self._beside / "sudone"

    @property
    def summary(self) -> Path:
        """GitHub's summary of the step."""
        return self._beside / "summary.md"

    def git(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A git command, whatever becomes of it."""
        return self.run(["git", *words])

    def commit(self) -> subprocess.CompletedProcess[str]:
        """Everything, as it is."""
        self.git("add", "--all")
        return self.git("commit", "--message", "change")

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a part of a file that is there once."""
        text = (self.folder / name).read_text()
        assert text.count(old) == 1
        (self.folder / name).write_text(text.replace(old, new))

    def run(
        self, command: Sequence[str], env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command in the repository; what it writes to both streams is its stdout."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.env | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )

    def run_job(self, steps: Sequence[Step], env: Mapping[str, str]) -> Finished:
        """Every step until one fails, and those that run always."""
        job = Finished()
        for step in steps:
            if job.status and not step.always:
                continue
            for shell in step.shells:
                done = self.run(shell, env)
                job.log += done.stdout
                if done.returncode:
                    job.status = job.status or done.returncode
                    break
            for folder in step.kept:
                job.kept += sorted((self.folder / folder).iterdir())
        return job

    def _make_shims(self) -> None:
        folder = self._beside / "bin"
        folder.mkdir(parents=True)
        for name, script in _SHIMS.items():
            shim = folder / name
            shim.write_text("#!/bin/sh\n" + script.format(python=sys.executable) + "\n")
            shim.chmod(0o755)


def digits_project(folder: Path, digits: Path) -> Repository:
    """The settings of the recipes, and the digits model that they name.

    Args:
        folder: an empty folder.
        digits: with int8.tflite and float32.tflite.
    """
    files = {f"models/digits_{name}.tflite": digits / f"{name}.tflite" for name in _FORMS}
    return Repository(folder, {"tflitekit.toml": RECIPES / "tflitekit.toml", **files})


def run_github(repository: Repository, recipe: str) -> Finished:
    """The only job of a workflow."""
    workflow = load(recipe)
    (job,) = workflow["jobs"].values()
    env = {
        **workflow.get("env", {}),
        **{"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(repository.summary)},
    }
    return repository.run_job([_github_step(step) for step in job["steps"]], env)


def run_gitlab(repository: Repository, recipe: str) -> Finished:
    """The only job; its script is one shell."""
    (job,) = load(recipe).values()
    script = Step("script", (("bash", "-eo", "pipefail", "-c", "\n".join(job["script"])),))
    reports = job["artifacts"]["reports"].values()
    paths = {path.split("/")[0] for path in (*job["artifacts"]["paths"], *reports)}
    kept = Step("artifacts", always=job["artifacts"]["when"] == "always", kept=tuple(paths))
    env = {"TFLITEKIT": job["variables"]["TFLITEKIT"], "CI": "true", "GITLAB_CI": "true"}
    return repository.run_job([script, kept], env)


def load(recipe: str) -> Any:
    """A recipe; of YAML 1.2, in which `on` is no boolean."""
    return YAML(typ="safe").load((RECIPES / recipe).read_text())


def _github_step(step: Mapping[str, Any]) -> Step:
    """As GitHub runs it; an action that is not known here has no place in a recipe."""
    name = step.get("name", step.get("uses", ""))
    always = "!cancelled()" in step.get("if", "")
    if "run" in step:
        return Step(name, (("bash", "-e", "-c", step["run"]),), always)
    action = step["uses"].split("@")[0]
    if action == "actions/upload-artifact":
        return Step(name, always=always, kept=(step["with"]["path"],))
    if action == "reactivecircus/android-emulator-runner":
        return Step(name, tuple(_lines(step["with"]["script"])), always)
    assert action in ("actions/checkout", "actions/setup-python")
    return Step(name)


def _lines(script: str) -> Iterator[tuple[str, ...]]:
    """The action gives each line to a shell of its own."""
    for line in script.splitlines():
        if line.strip():
            yield ("sh", "-c", line)
