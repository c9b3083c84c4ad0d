"""The files that a device needs to run anything: the runner, LiteRT, and libc where it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tflitekit.abi import abi_named
from tflitekit.devices.base import DeviceInfo
from tflitekit.progress import Progress
from tflitekit.runtime.accelerator import CPU, check_accelerator
from tflitekit.runtime.app_runtime import Runtime, open_runtime, tested_runtime
from tflitekit.runtime.build import build_id, build_runner
from tflitekit.runtime.choice import TESTED, RuntimeChoice
from tflitekit.runtime.fit import check_fit, own_runner
from tflitekit.runtime.litert import LIBRARY, litert_library, system_libraries

_RUNNER = "runner"


@dataclass(frozen=True)
class Bundle:
    """One folder of files for a device.

    Attributes:
        build: the runner's build id, which it compares with its own.
        files: the local file of each plain name in the folder.
        loader: the name of the dynamic loader to start with; None to use the system's.
        runtime: the LiteRT library in it.
        accelerator: what models run on: "cpu", "gpu" or "npu".
    """

    build: str
    files: Mapping[str, Path]
    loader: str | None
    runtime: Runtime
    accelerator: str = CPU

    def command(self, folder: str) -> list[str]:
        """The words that start the runner once the files are in `folder`."""
        runner = f"{folder}/{_RUNNER}"
        if self.loader is None:
            return [runner]
        return [f"{folder}/{self.loader}", "--library-path", folder, runner]

    def environment(self, folder: str) -> dict[str, str]:
        """The variables by which Android's loader finds the C++ library beside LiteRT's.

        Drivers of accelerators are found without: the runner tells LiteRT the folder.
        """
        needed = self.runtime.libc == "bionic" and self.runtime.beside
        return {"LD_LIBRARY_PATH": folder} if needed else {}

    def library(self, folder: str) -> str:
        """The path of LiteRT's library once the files are in `folder`."""
        return f"{folder}/{LIBRARY}"


def make_bundle(device: DeviceInfo, progress: Progress, choice: RuntimeChoice = TESTED) -> Bundle:
    """Build and find what `device` needs.

    Args:
        choice: what the user wants to be used in place of ours.

    Raises:
        DeviceError: no runner is built for its ABI, or it cannot have the accelerator.
        RunError: the runner cannot be compiled, or a library is missing.
        UsageError: the user's library or runner does not fit the device.
    """
    abi = abi_named(device.abi)
    if choice.library is None:
        runtime = tested_runtime(litert_library(abi, progress), abi)
    else:
        runtime = open_runtime(choice.library, abi)
    check_accelerator(choice.accelerator, runtime, device)
    own = None if choice.runner is None else own_runner(choice.runner, abi)
    check_fit(runtime, own, device)
    parts = {
        _RUNNER: build_runner(abi, progress) if own is None else own.path,
        LIBRARY: runtime.library,
        # Drivers are large, and the tested library needs none for the CPU.
        **(runtime.beside if runtime.source or choice.accelerator != CPU else {}),
    }
    loader = None
    if device.os == "android" and runtime.libc == "glibc":
        parts, loader = system_libraries(abi) | parts, abi.loader
    return Bundle(build_id(abi), parts, loader, runtime, choice.accelerator)
