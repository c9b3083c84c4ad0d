"""What LiteRT can run a model on, and what it needs for that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tflitekit.devices.base import DeviceInfo
from tflitekit.errors import DeviceError, UsageError
from tflitekit.runtime.app_runtime import Runtime

CPU = "cpu"


@dataclass(frozen=True)
class Accelerator:
    """A kind of hardware.

    Attributes:
        name: as `--accelerator` takes it.
        library: which files beside LiteRT's library drive it; None where LiteRT itself does.
        examples: their names, for people.
    """

    name: str
    library: re.Pattern[str] | None
    examples: str = ""


ACCELERATORS: Mapping[str, Accelerator] = {
    one.name: one
    for one in (
        Accelerator(CPU, None),
        Accelerator(
            "gpu",
            re.compile(r"libLiteRt\w*Accelerator\.so"),
            "libLiteRtGpuAccelerator.so, libLiteRtOpenClAccelerator.so or "
            "libLiteRtWebGpuAccelerator.so",
        ),
        Accelerator(
            "npu",
            re.compile(r"libLiteRtDispatch\w*\.so"),
            "libLiteRtDispatch_Qualcomm.so, libLiteRtDispatch_MediaTek.so or the like",
        ),
    )
}
"""Everything that `--accelerator` takes."""


def accelerator_named(name: str) -> Accelerator:
    """The entry of `ACCELERATORS`.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in ACCELERATORS:
        raise UsageError(
            "there is no such accelerator",
            where=f"--accelerator {name}",
            hint=f"Use {', '.join(ACCELERATORS)}",
        )
    return ACCELERATORS[name]


def check_accelerator(name: str, runtime: Runtime, device: DeviceInfo) -> None:
    """Refuse an accelerator whose library is missing, or which the device's loader cannot reach.

    Raises:
        UsageError: there is no such accelerator.
        DeviceError: the library that drives it is not there.
    """
    accelerator = accelerator_named(name)
    if accelerator.library is None:
        return
    if device.os == "android" and runtime.libc != "bionic":
        raise DeviceError(
            f"the {name} of an Android device can only be reached by an Android build of LiteRT",
            where=device.uri,
            hint="Give an AAR or APK by --runtime and a runner made with the NDK by --runner",
        )
    if not any(accelerator.library.fullmatch(one) for one in runtime.beside):
        raise DeviceError(
            f"no {name}: the runtime has none of {accelerator.examples} beside libLiteRt.so",
            where=device.uri,
            hint="Give one that has it by --runtime, such as the app's APK",
        )
