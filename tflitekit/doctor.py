"""Looks at this machine for everything that the commands need later."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from tflitekit import files
from tflitekit.abi import ABIS, Abi, host_abi
from tflitekit.devices.adb_client import find_adb
from tflitekit.errors import ToolkitError
from tflitekit.progress import Progress
from tflitekit.runtime.build import build_id, build_runner
from tflitekit.runtime.litert import litert_library, system_libraries

Check = tuple[str, Callable[[], str]]
"""A name, and a function that gives what is there or raises a `ToolkitError`."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what.
        ok: whether it is as it must be.
        found: what is there, or what is wrong.
        hint: what to do where it is not.
    """

    check: str
    ok: bool
    found: str
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)

    def row(self) -> tuple[str, str, str, str]:
        """For a table."""
        return self.check, "ok" if self.ok else "MISSING", self.found, self.hint


def examine(progress: Progress) -> list[Finding]:
    """Try everything; nothing is raised, each finding says what to do."""
    checks: list[Check] = [
        ("Python", lambda: sys.version.split()[0]),
        ("TensorFlow", lambda: metadata.version("tensorflow")),
        ("Keras", lambda: metadata.version("keras")),
        ("cache folder", lambda: str(files.cache_root())),
        ("adb", lambda: str(find_adb())),
        ("LiteRT on this machine", lambda: str(litert_library(host_abi(), progress))),
    ]
    for abi in ABIS.values():
        checks += _checks_of(abi, progress)
    return [_examine(name, look) for name, look in checks]


def _checks_of(abi: Abi, progress: Progress) -> list[Check]:
    def runner() -> str:
        build_runner(abi, progress)
        return f"build {build_id(abi)}"

    return [
        (f"runner for {abi.name}", runner),
        (f"LiteRT for {abi.name}", lambda: str(litert_library(abi, progress))),
        (f"libc for {abi.name}", lambda: str(system_libraries(abi)[abi.loader])),
    ]


def _examine(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except metadata.PackageNotFoundError as error:
        return Finding(name, False, f"{error.name} is not installed", "Reinstall tflitekit")
    except ToolkitError as error:
        return Finding(name, False, error.what, error.hint or "")
