"""Which commit a folder is at."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tflitekit.progress import Progress

_PATIENCE_S = 30
_NO_TAGS = ("--always", "--exclude=*", "--abbrev=64")  # so that all of the hash is told
_NO_REPOSITORY = "not a git repository (or any"


def commit_of(folder: Path, progress: Progress) -> str | None:
    """The hash of the commit, with "+" where files of the repository differ from it; None outside
    of a repository, and where git is not installed or cannot tell, which is a warning."""
    command = ["git", "-C", str(folder), "describe", *_NO_TAGS, "--dirty=+"]
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
        return done.stdout.strip()
    if _NO_REPOSITORY not in done.stderr:
        progress.warn(f"the commit is not known: {done.stderr.strip()}")
    return None
