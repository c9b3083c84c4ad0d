"""The devices that can be made: one line of facts for each ABI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Target:
    """One kind of virtual device.

    Attributes:
        abi: Android's name of it.
        debian: Debian's name of the architecture.
        machine: what `uname -m` says on a machine that needs no emulation for it.
        qemu: the emulator for other machines; None where we have no use for one.
        elf: how its programs start, as the kernel's binfmt_misc takes it: magic and mask.
        cpuinfo: what /proc/cpuinfo shows under emulation.
        env: the emulator's settings.
    """

    abi: str
    debian: str
    machine: str
    qemu: str | None = None
    elf: tuple[str, str] = ("", "")
    cpuinfo: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)


# The processor that qemu plays has to be the one that arm64.cpuinfo describes: with qemu's
# default XNNPACK takes other kernels, and one without the promised dot product ends in SIGILL.
TARGETS: Mapping[str, Target] = {
    target.abi: target
    for target in (
        Target("x86_64", "amd64", "x86_64"),
        Target(
            "arm64-v8a",
            "arm64",
            "aarch64",
            qemu="qemu-aarch64-static",
            elf=(
                r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00",
                r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff",
            ),
            cpuinfo=HERE / "arm64.cpuinfo",
            env={"QEMU_CPU": "neoverse-n1"},
        ),
    )
}
