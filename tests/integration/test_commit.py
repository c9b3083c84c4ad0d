"""The commit that a report names."""

import subprocess

import pytest

from tflitekit.commit import commit_of
from tflitekit.progress import Silent


class Warnings(Silent):
    def __init__(self):
        self.texts = []

    def warn(self, text):
        self.texts.append(text)


@pytest.fixture
def heard():
    return Warnings()


def git(folder, *words):
    who = ("-c", "user.name=a", "-c", "user.email=a@b.invalid")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, timeout=60, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A tagged commit of two files, one in a folder."""
    (tmp_path / "sub").mkdir()
    for name in ("a", "sub/b"):
        (tmp_path / name).write_text("1")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "tag", "-am", "first", "v1")
    return tmp_path


def test_the_whole_hash_whatever_is_tagged(repository, heard):
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "new").touch()
    assert commit_of(repository, heard) == commit_of(repository / "sub", heard) == commit
    assert not heard.texts


@pytest.mark.parametrize("staged", [False, True])
def test_a_plus_where_any_file_differs(repository, heard, staged):
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "a").write_text("2")
    if staged:
        git(repository, "add", ".")
    assert commit_of(repository / "sub", heard) == f"{commit}+"


def test_outside_of_a_repository_and_without_git_there_is_none(tmp_path, heard, monkeypatch):
    assert commit_of(tmp_path, heard) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path, heard) is None
    assert not heard.texts


def test_a_repository_that_git_refuses_is_told(repository, heard):
    with (repository / ".git" / "config").open("a") as config:
        config.write("[broken\n")
    assert commit_of(repository, heard) is None
    (text,) = heard.texts
    assert text.startswith("the commit is not known: fatal: bad config line")
