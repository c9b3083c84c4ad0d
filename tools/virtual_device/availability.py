"""What a virtual device needs of this machine, and what to install where it is missing."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.virtual_device.targets import Target

_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_PRIVATE_BINFMT_SINCE = (6, 7)


class Unavailable(Exception):
    """No virtual device can run here; the text says why and what helps."""


@dataclass(frozen=True)
class Emulation:
    """How programs of another architecture come to run.

    Attributes:
        qemu: the emulator to register inside the device's namespaces; None where the system's
            own registration does it, or nothing is emulated.
        foreign: whether programs are emulated at all.
    """

    qemu: Path | None = None
    foreign: bool = False


def require_programs(*names: str) -> None:
    """See that programs are installed.

    Raises:
        Unavailable: one is not.
    """
    packages = {"apt-get": "apt", "dpkg-deb": "dpkg", "unshare": "util-linux", "adb": "adb"}
    for name in names:
        if shutil.which(name) is None:
            package = packages.get(name, "qemu-user-static")
            raise Unavailable(f"{name} is not installed (apt install {package}, on Debian)")


def require_namespaces() -> None:
    """See that this user may make user, mount, pid and network namespaces.

    Raises:
        Unavailable: the system forbids it, as most containers do.
    """
    require_programs("unshare")
    done = _run(["unshare", "-Urmn", "--pid", "--fork", "--mount-proc", "true"])
    if done.returncode != 0:
        raise Unavailable(f"namespaces are not permitted here ({done.stderr.strip()})")


def find_emulation(target: Target) -> Emulation:
    """How programs of `target` can run here.

    Raises:
        Unavailable: they cannot.
    """
    if platform.machine() == target.machine:
        return Emulation()
    if target.qemu is None:
        raise Unavailable(f"{target.abi} needs a machine that is {target.machine} itself")
    if kernel_version(platform.release()) >= _PRIVATE_BINFMT_SINCE:
        require_programs(target.qemu)
        return Emulation(qemu=Path(shutil.which(target.qemu) or target.qemu), foreign=True)
    if system_registration(target, _BINFMT):
        return Emulation(foreign=True)
    raise Unavailable(
        f"this kernel is older than {'.'.join(map(str, _PRIVATE_BINFMT_SINCE))}, and the system "
        f"does not start {target.machine} programs by itself "
        "(apt install qemu-user-static binfmt-support, on Debian)"
    )


def kernel_version(release: str) -> tuple[int, int]:
    """The first two numbers of a kernel's release, such as "6.1.0-13-amd64"."""
    match = re.match(r"(\d+)\.(\d+)", release)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def system_registration(target: Target, folder: Path) -> bool:
    """Whether the kernel starts programs of `target`, in a changed root too (flag F)."""
    magic = target.elf[0].replace(r"\x", "").replace("ELF", "454c46")
    for entry in folder.glob("*") if folder.is_dir() else ():
        text = entry.read_text() if entry.name not in ("register", "status") else ""
        flags = re.search(r"^flags: (\S*)$", text, re.MULTILINE)
        if text.startswith("enabled") and f"magic {magic}" in text and flags and "F" in flags[1]:
            return True
    return False


def _run(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, timeout=30)
