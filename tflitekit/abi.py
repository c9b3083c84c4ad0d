"""One table of the processor architectures that a runner can be built for."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from tflitekit.errors import DeviceError


@dataclass(frozen=True)
class Abi:
    """What it takes to run on one architecture.

    Attributes:
        name: Android's name of the ABI.
        machine: what `uname -m` says.
        zig_target: the cross-compiler's target; glibc 2.27 is the oldest that LiteRT's wheels need.
        wheel_platform: the platform tag of LiteRT's wheel, which holds the library.
        library_sha256: of libLiteRt.so in the wheel of `litert.VERSION`.
        loader: the file name of glibc's dynamic loader.
        library_folders: where distributions keep the libraries of this architecture.
        packages: the Debian packages that hold them.
    """

    name: str
    machine: str
    zig_target: str
    wheel_platform: str
    library_sha256: str
    loader: str
    library_folders: tuple[str, ...]
    packages: tuple[str, ...]


ABIS = {
    abi.name: abi
    for abi in (
        Abi(
            name="arm64-v8a",
            machine="aarch64",
            zig_target="aarch64-linux-gnu.2.27",
            wheel_platform="manylinux_2_27_aarch64",
            library_sha256="b57687dc234d2b8b0598aef5a9c961ed24263df8f8b3f56adbee1cff618e544b",
            loader="ld-linux-aarch64.so.1",
            library_folders=(
                "/usr/aarch64-linux-gnu/lib",
                "/lib/aarch64-linux-gnu",
                "/usr/lib/aarch64-linux-gnu",
            ),
            packages=("libc6-arm64-cross", "libstdc++6-arm64-cross", "libgcc-s1-arm64-cross"),
        ),
        Abi(
            name="x86_64",
            machine="x86_64",
            zig_target="x86_64-linux-gnu.2.27",
            wheel_platform="manylinux_2_27_x86_64",
            library_sha256="eec47eb35e2924b3166015887e652a58edc9af823ae38e02bf83bef2548300bb",
            loader="ld-linux-x86-64.so.2",
            library_folders=(
                "/lib/x86_64-linux-gnu",
                "/usr/lib/x86_64-linux-gnu",
                "/usr/x86_64-linux-gnu/lib",
                "/lib64",
                "/usr/lib64",
            ),
            packages=("libc6", "libstdc++6", "libgcc-s1"),
        ),
    )
}

SYSTEM_LIBRARIES = (
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libstdc++.so.6",
)
"""What LiteRT's Linux library needs from a device that has only a kernel, as Android does."""


def abi_named(name: str) -> Abi:
    """The entry of `ABIS`.

    Raises:
        DeviceError: no runner is built for this ABI.
    """
    if name not in ABIS:
        raise DeviceError(f"no runner is built for {name}", hint=f"Supported are {', '.join(ABIS)}")
    return ABIS[name]


def host_abi() -> Abi:
    """The architecture of this machine.

    Raises:
        DeviceError: as `abi_named`.
    """
    machine = platform.machine()
    names = {abi.machine: abi.name for abi in ABIS.values()}
    return abi_named(names.get(machine, machine))
