"""The C compiler that pip installs, for this machine and for others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from tflitekit import files
from tflitekit.errors import RunError

FLAGS = (
    *("-std=gnu11", "-O3", "-g0", "-Wall", "-Wextra", "-Werror", "-fno-sanitize=undefined"),
    # Kernels in float steps give the same bits on every processor.
    *("-ffp-contract=off", "-fno-math-errno"),
)
"""For all of our C."""

_TIMEOUT_S = 600


def compile_c(arguments: Sequence[str], what: str, where: str) -> None:
    """Run `zig cc`, which knows what it compiled before.

    Args:
        arguments: target, flags, sources and output.
        what: is compiled, for the message of an error.
        where: the ABI it is compiled for.

    Raises:
        RunError: the compiler is missing or refuses the source.
    """
    cache = str(files.cache_root() / "zig")
    environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    command = [sys.executable, "-m", "ziglang", "cc", *arguments]
    try:
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise RunError(f"compiling {what} took more than {_TIMEOUT_S} s", where=where) from error
    if result.returncode != 0:
        tail = "\n".join((result.stderr or result.stdout).splitlines()[-20:])
        raise RunError(
            f"compiling {what} failed:\n{tail}",
            where=where,
            hint="`tflitekit doctor` checks the compiler",
        )
