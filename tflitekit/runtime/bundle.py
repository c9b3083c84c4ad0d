"""The files that a device needs to run anything: the runner, LiteRT, and libc where it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tflitekit.abi import abi_named
from tflitekit.devices.base import DeviceInfo
from tflitekit.progress import Progress
from tflitekit.runtime.build import build_id, build_runner
from tflitekit.runtime.litert import litert_library, system_libraries

_RUNNER = "runner"
_LIBRARY = "libLiteRt.so"


@dataclass(frozen=True)
class Bundle:
    """One folder of files for a device.

    Attributes:
        build: the runner's build id, which it compares with its own.
        files: the local file of each plain name in the folder.
        loader: the name of the dynamic loader to start with; None to use the system's.
    """

    build: str
    files: Mapping[str, Path]
    loader: str | None

    def command(self, folder: str) -> list[str]:
        """The words that start the runner once the files are in `folder`."""
        runner = f"{folder}/{_RUNNER}"
        if self.loader is None:
            return [runner]
        return [f"{folder}/{self.loader}", "--library-path", folder, runner]

    def library(self, folder: str) -> str:
        """The path of LiteRT's library once the files are in `folder`."""
        return f"{folder}/{_LIBRARY}"


def make_bundle(device: DeviceInfo, progress: Progress) -> Bundle:
    """Build and find what `device` needs.

    Raises:
        DeviceError: no runner is built for its ABI.
        RunError: the runner cannot be compiled, or a library is missing.
    """
    abi = abi_named(device.abi)
    parts = {_RUNNER: build_runner(abi, progress), _LIBRARY: litert_library(abi, progress)}
    if device.os != "android":
        return Bundle(build_id(abi), parts, loader=None)
    return Bundle(build_id(abi), parts | system_libraries(abi), loader=abi.loader)
