"""Which devices there are, and which one a URI names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tflitekit.devices.adb import AdbDevice
from tflitekit.devices.adb_client import attached, device_error, find_adb
from tflitekit.devices.adb_output import READY, DeviceLine
from tflitekit.devices.base import Device, DeviceInfo
from tflitekit.devices.local import LocalDevice, local_info
from tflitekit.errors import DeviceError, UsageError


@dataclass(frozen=True)
class DeviceEntry:
    """A device that was found, usable or not.

    Attributes:
        uri: how the command line names it.
        state: "device" when it is usable, else what adb calls it, or "error".
        info: what it is, where it is usable.
        problem: why it is not, otherwise.
    """

    uri: str
    state: str
    info: DeviceInfo | None = None
    problem: DeviceError | None = None


def _local(rest: str) -> Device:
    if rest:
        raise UsageError(f"takes no name, but was given {rest!r}", where="--device local")
    return LocalDevice()


def _adb(rest: str) -> Device:
    return AdbDevice(rest or None)


SCHEMES: Mapping[str, Callable[[str], Device]] = {"local": _local, "adb": _adb}
"""What makes a device, by the part of a URI before its first colon; it gets the part behind."""


def open_device(uri: str) -> Device:
    """The device that a URI names: "local", "adb" or "adb:SERIAL"; enter it to use it.

    Raises:
        UsageError: there is no such scheme.
        DeviceError: this machine is not supported; adb's own come on entering.
    """
    scheme, _, rest = uri.partition(":")
    make = SCHEMES.get(scheme)
    if make is None:
        known = "local, adb or adb:SERIAL"
        raise UsageError("no such kind of device", where=f"--device {uri}", hint=f"Use {known}")
    return make(rest)


def list_devices() -> list[DeviceEntry]:
    """This machine and everything that adb knows, in any state; takes no lock.

    A missing adb is an entry with its problem, not an error.
    """
    return [_entry("local", local_info), *_adb_entries()]


def _adb_entries() -> list[DeviceEntry]:
    try:
        lines = attached(find_adb())
    except DeviceError as error:
        return [DeviceEntry("adb", "error", problem=error)]
    return [_adb_entry(line) for line in lines]


def _adb_entry(line: DeviceLine) -> DeviceEntry:
    uri = f"adb:{line.serial}"
    if not line.ready:
        return DeviceEntry(uri, line.state, problem=device_error(line.problem, uri))
    return _entry(uri, AdbDevice(line.serial).probe)


def _entry(uri: str, ask: Callable[[], DeviceInfo]) -> DeviceEntry:
    try:
        return DeviceEntry(uri, READY, info=ask())
    except DeviceError as error:
        return DeviceEntry(uri, "error", problem=error)
