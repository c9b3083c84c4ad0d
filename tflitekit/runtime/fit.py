"""Whether a library and a runner fit each other and a device: all three have one C library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tflitekit.abi import Abi
from tflitekit.devices.base import DeviceInfo
from tflitekit.errors import UsageError
from tflitekit.runtime.app_runtime import Runtime
from tflitekit.runtime.elf import Libc, read_elf

_SYSTEMS = {"bionic": "Android's own C library", "glibc": "glibc", "other": "an unknown C library"}
_NDK = "Compile one with the NDK (android_bench/NDK.md) and give it by --runner"


@dataclass(frozen=True)
class OwnRunner:
    """A runner that the user compiled.

    Attributes:
        path: the file.
        libc: the C library that it is linked to.
    """

    path: Path
    libc: Libc


def own_runner(path: Path, abi: Abi) -> OwnRunner:
    """Read what a runner was compiled for; whether its sources are ours, it tells when it starts.

    Raises:
        UsageError: it is no program for this ABI.
    """
    elf = read_elf(path)
    if elf.abi != abi.name:
        raise UsageError(
            f"is built for {elf.abi}; the device takes {abi.name}", where=f"--runner {path}"
        )
    return OwnRunner(path, elf.libc)


def check_fit(runtime: Runtime, runner: OwnRunner | None, device: DeviceInfo) -> None:
    """Refuse a library that the runner cannot load on this device.

    A library for Android needs Android's loader and a runner that is linked to the same C library.
    One for glibc runs on Android as well, by a loader that is sent along.

    Raises:
        UsageError: they do not fit; it says what is missing.
    """
    where = f"--runtime {runtime.source}" if runtime.source else "LiteRT's library"
    of_library, of_runner = runtime.libc, "glibc" if runner is None else runner.libc
    if of_library == "bionic" and device.os != "android":
        raise UsageError(
            f"is built for Android, and {device.uri} has another C library",
            where=where,
            hint="Use it with --device adb",
        )
    if of_library == of_runner != "other":
        return
    told = f"is linked to {_SYSTEMS[of_library]}, and the runner to {_SYSTEMS[of_runner]}"
    if runner is None:
        raise UsageError(told, where=where, hint=_NDK)
    hint = "Give a library that fits it by --runtime" if of_runner == "bionic" else _NDK
    raise UsageError(told, where=f"{where}, --runner {runner.path}", hint=hint)
