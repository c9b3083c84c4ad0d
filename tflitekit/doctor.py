"""Looks at this machine for everything that the commands need later."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from tflitekit import files
from tflitekit.devices.adb_client import find_adb
from tflitekit.errors import ToolkitError
from tflitekit.progress import Progress
from tflitekit.runtime.abi import ABIS, host_abi
from tflitekit.runtime.build import build_id, build_runner
from tflitekit.runtime.litert import litert_library, system_libraries


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
    checks: list[tuple[str, Callable[[], str]]] = [
        ("Python", lambda: sys.version.split()[0]),
        ("TensorFlow", lambda: metadata.version("tensorflow")),
        ("Keras", lambda: metadata.version("keras")),
        ("cache folder", lambda: str(files.cache_root())),
        ("adb", lambda: str(find_adb())),
        ("LiteRT on this machine", lambda: str(litert_library(host_abi(), progress))),
    ]
    for abi in ABIS.values():
        checks += [
            (f"runner for {abi.name}", lambda abi=abi: _runner(abi, progress)),
            (f"LiteRT for {abi.name}", lambda abi=abi: str(litert_library(abi, progress))),
            (f"libc for {abi.name}", lambda abi=abi: str(system_libraries(abi)[abi.loader])),
        ]
    return [_examine(name, look) for name, look in checks]


def _runner(abi: Any, progress: Progress) -> str:
    build_runner(abi, progress)
    return f"build {build_id(abi)}"


def _examine(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except metadata.PackageNotFoundError as error:
        return Finding(name, False, f"{error.name} is not installed", "Reinstall tflitekit")
    except ToolkitError as error:
        return Finding(name, False, error.what, error.hint or "")
