"""The command line as a user starts it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tflitekit.bench.conditions import VOIDING

ANYWAY = tuple(word for tag in VOIDING for word in ("--allow", tag))
"""The options of `bench` for a machine that nobody has tidied up."""

_START = "from tflitekit.cli import main; main()"


def tflitekit(
    *words: object, cwd: Path | None = None, env: dict[str, str] | None = None, timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run `tflitekit words...` and give its status, stdout and stderr."""
    command = [sys.executable, "-c", _START, *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout, check=False
    )


def succeed(*words: object, cwd: Path | None = None) -> str:
    """The stdout of a command that must end with status 0."""
    done = tflitekit(*words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bench(*words: object, cwd: Path | None = None) -> str:
    """The stdout of `bench words...`, whatever the conditions."""
    return succeed("bench", *words, *ANYWAY, cwd=cwd)
