"""What the workers of one run of the tests share, and what each has for itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from tflitekit.runtime.locks import exclusive

MADE_ONCE = ("litert", "native_kernels", "runner", "runtimes", "virtual_device", "zig")
"""Folders of the cache whose makers wait for one another; the others belong to a local device."""


def is_one_of_several() -> bool:
    """Whether this process runs only some of the tests."""
    return "PYTEST_XDIST_WORKER" in os.environ


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all its workers know."""
    folder = factory.getbasetemp()
    return folder.parent if is_one_of_several() else folder


def cache_of_worker(shared: Path) -> Path:
    """A cache with a local device of this worker's own, and with what all of them compile.

    Two workers cannot use the same local device: it is locked while one does.
    """
    if not is_one_of_several():
        return shared
    own = shared / os.environ["PYTEST_XDIST_WORKER"]
    own.mkdir(parents=True, exist_ok=True)
    for name in MADE_ONCE:
        (shared / name).mkdir(exist_ok=True)
        if not (own / name).is_symlink():
            (own / name).symlink_to(shared / name, target_is_directory=True)
    return own


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` of this run, filled by the first worker that asks for it.

    Made in its place, for what is in it may name that.
    """
    folder = run_folder(factory) / name
    done = folder.with_suffix(".done")
    with exclusive(folder.with_suffix(".lock")):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker whose `make` failed
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


class FileByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a worker a file of tests at a time, and all tests of Android devices to one.

    Files share what is expensive: a model that is converted, a runner that answers. The devices
    and their adb server are even shared by several files.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "tests/device" if file.startswith("tests/device/") else file
