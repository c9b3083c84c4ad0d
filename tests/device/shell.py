"""What tests have a device's shell do."""

from __future__ import annotations

from tflitekit.devices.base import Device

TIMEOUT = 30.0


def sh(device: Device, folder: str, script: str, *arguments: str) -> list[str]:
    """The lines that a shell script prints on the device."""
    argv = ["sh", "-c", script, "sh", *arguments]
    return list(device.run(argv, folder=folder, timeout=TIMEOUT))


def exists(device: Device, path: str) -> bool:
    with device.run_folder() as folder:
        return sh(device, folder, '[ -e "$1" ] && echo yes || echo no', path) == ["yes"]


def wait_until_gone(device: Device, process: str) -> None:
    """Wait until a process has ended; a killed one needs a moment."""
    script = 'i=0; while kill -0 "$1" 2>/dev/null; do i=$((i+1)); [ $i -gt 40 ] && exit 9; \
sleep 0.1; done; true'
    with device.run_folder() as folder:
        sh(device, folder, script, process)
