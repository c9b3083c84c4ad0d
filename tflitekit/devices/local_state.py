"""The state of this machine, read from the kernel's files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tflitekit.devices.observation import (
    BATTERY_FILES,
    PROCESSOR_FILES,
    ZONE_FILES,
    Observation,
    observation_of,
)

_ROOT = Path("/")

_MAKERS_OF_VIRTUAL_MACHINES = (
    *("amazon ec2", "bhyve", "bochs", "google compute engine", "kvm", "openstack", "parallels"),
    *("qemu", "virtual machine", "virtualbox", "virtualization", "vmware", "xen"),
)
"""What DMI calls them; systemd-detect-virt looks for the same."""


def observe_local(root: Path = _ROOT) -> Observation:
    """What this machine's kernel tells now.

    Args:
        root: the folder in which /sys and /proc lie.
    """
    files = {}
    for pattern in (*PROCESSOR_FILES, *ZONE_FILES, *BATTERY_FILES):
        for path in root.glob(pattern.lstrip("/")):
            text = _first_line(path)
            if text:
                files[f"/{path.relative_to(root)}"] = text
    return observation_of(files)


def is_virtual_machine(root: Path = _ROOT) -> bool:
    """Whether a hypervisor gives this machine its processors, as far as it shows."""
    flags = _text(root / "proc/cpuinfo").partition("\nflags")[2].partition("\n")[0]
    makers = (_text(root / f"sys/class/dmi/id/{name}") for name in ("sys_vendor", "product_name"))
    made = " ".join(makers).lower()
    return (
        "hypervisor" in flags.split()
        or (any(name in made for name in _MAKERS_OF_VIRTUAL_MACHINES) and ".metal" not in made)
        or (root / "proc/device-tree/hypervisor/compatible").exists()
    )


def _first_line(path: Path) -> str:
    """Empty where it cannot be read: a processor that is off, a driver that refuses."""
    with suppress(OSError, UnicodeDecodeError), path.open() as file:
        return file.readline().strip()
    return ""


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(errors="replace")
    return ""
