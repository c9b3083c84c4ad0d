"""The native kernels, called from Python: on this machine, emulated, and with sanitizers.

One class each, behind one protocol, so that one test holds all builds to the reference.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from tools.native_kernels import build
from tools.native_kernels.base import SCALAR, NativeKernels, aligned, versions
from tools.native_kernels.driver import KernelCrash, started
from tools.native_kernels.library import Library

EMULATOR = ("qemu-aarch64-static", "-cpu", "max")
"""What runs arm64 programs that need no libraries, on the most capable processor it knows."""

Opened = AbstractContextManager[NativeKernels]


def _library() -> Opened:
    return nullcontext(Library(build.make(build.library())))


def _emulator() -> Opened:
    return started([*EMULATOR, str(build.make(build.emulated()))], {})


def _sanitized() -> Opened:
    # Where a process may not be traced, as in many containers, the leak check cannot run.
    options = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
    return started([str(build.make(build.sanitized()))], options)


BUILDS: dict[str, Callable[[], Opened]] = {
    "library": _library,
    "emulator": _emulator,
    "sanitized": _sanitized,
}
"""Every way to call the kernels."""

_PROGRAMS = {"emulator": EMULATOR[0], "sanitized": "gcc"}


def missing(name: str) -> str | None:
    """What keeps a build from being used on this machine; None where nothing does."""
    program = _PROGRAMS.get(name)
    if program is None or shutil.which(program):
        return None
    return f"{program} is not installed"


def opened(name: str) -> Opened:
    """A build of `BUILDS` for a `with`, compiled unless it is there."""
    return BUILDS[name]()


__all__ = [
    "BUILDS",
    "SCALAR",
    "KernelCrash",
    "NativeKernels",
    "aligned",
    "missing",
    "opened",
    "versions",
]
