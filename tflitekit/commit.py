"""Which commit a folder is at."""

from __future__ import annotations

import subprocess
from pathlib import Path

_PATIENCE_S = 30


def commit_of(folder: Path) -> str | None:
    """The hash of the commit, with "+" where files of the repository differ from it; None outside
    of a repository, and where git is not installed."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}+" if changed else commit


def _git(folder: Path, *words: str) -> str | None:
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
