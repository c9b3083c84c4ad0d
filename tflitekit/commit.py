"""Which commit a folder is at."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tflitekit.progress import Progress

_PATIENCE_S = 30
_STATUS = ("status", "--porcelain=v2", "--branch", "--untracked-files=no")
_COMMIT = "# branch.oid "
_NONE_YET = "(initial)"
_NO_REPOSITORY = "not a git repository (or any"


def commit_of(folder: Path, progress: Progress) -> str | None:
    """The hash of the commit, with "+" where files of the repository differ from it; None outside
    of a repository, before its first commit, and where git is not installed or cannot tell, which
    is a warning. Nothing is written, not even to git's index."""
    command = ["git", "-C", str(folder), "--no-optional-locks", *_STATUS]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            env=os.environ | {"LC_ALL": "C"},
        )
    except FileNotFoundError:
        return None
    except subprocess.TimeoutExpired:
        progress.warn(f"the commit is not known: git took longer than {_PATIENCE_S} s")
        return None
    if done.returncode == 0:
        return _told(done.stdout.splitlines())
    if _NO_REPOSITORY not in done.stderr:
        progress.warn(f"the commit is not known: {done.stderr.strip()}")
    return None


def _told(lines: list[str]) -> str | None:
    """Of the lines of git's porcelain format, version 2: headers, then what differs."""
    commit = next(line.removeprefix(_COMMIT) for line in lines if line.startswith(_COMMIT))
    differs = any(not line.startswith("#") for line in lines)
    return None if commit == _NONE_YET else f"{commit}{'+' if differs else ''}"
