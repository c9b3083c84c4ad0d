"""The commit that a report names."""

import os
import subprocess

import pytest

from tests.fakes.listening import Listening
from tflitekit.commit import commit_of


@pytest.fixture
def listener():
    return Listening()


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


def test_the_whole_hash_whatever_is_tagged(repository, listener):
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "new").touch()
    assert commit_of(repository, listener) == commit_of(repository / "sub", listener) == commit
    assert not listener.heard


@pytest.mark.parametrize("staged", [False, True])
def test_a_plus_where_any_file_differs(repository, listener, staged):
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "a").write_text("2")
    if staged:
        git(repository, "add", ".")
    assert commit_of(repository / "sub", listener) == f"{commit}+"


def test_nothing_is_written(repository, listener):
    index = repository / ".git" / "index"
    before = index.read_bytes()
    os.utime(repository / "a", (1, 1))  # git would note that it looked again
    assert commit_of(repository, listener) == git(repository, "rev-parse", "HEAD")
    assert index.read_bytes() == before


def test_outside_of_a_repository_before_its_first_commit_and_without_git_there_is_none(
    tmp_path, listener, monkeypatch
):
    assert commit_of(tmp_path, listener) is None
    git(tmp_path, "init", "-q")
    assert commit_of(tmp_path, listener) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path, listener) is None
    assert not listener.heard


def test_a_repository_that_git_refuses_is_told(repository, listener):
    with (repository / ".git" / "config").open("a") as config:
        config.write("[broken\n")
    assert commit_of(repository, listener) is None
    (text,) = listener.heard
    assert text.startswith("the commit is not known: fatal: bad config line")
