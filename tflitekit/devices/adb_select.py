"""Which device is meant, whether it is ready, and what it is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tflitekit.abi import ABIS
from tflitekit.devices.adb_client import Adb, attached, connect, device_error
from tflitekit.devices.adb_output import (
    DeviceLine,
    choose_abi,
    count_cores,
    is_emulator,
    parse_properties,
)
from tflitekit.devices.base import DeviceInfo
from tflitekit.errors import DeviceError

SERIAL_VARIABLES = ("ANDROID_SERIAL", "DEVICEFARM_DEVICE_UDID")
"""Where a serial is taken from if none is given: adb's own variable, then that of the hosts of AWS
Device Farm."""

_WIRELESS = "._adb-tls-connect._tcp"
"""How the mDNS name of a device with wireless debugging ends."""

READY_TIMEOUT = 30.0
"""Seconds that a device may need: after its daemon restarts it is offline for some ten."""


def default_serial(environment: Mapping[str, str]) -> str | None:
    """The serial that the environment names; None where it names none."""
    named = (environment.get(name) for name in SERIAL_VARIABLES)
    return next((serial for serial in named if serial), None)


def is_address(serial: str) -> bool:
    """Whether a serial is a place on the network, which adb may have to be connected to."""
    return ":" in serial or serial.endswith(_WIRELESS)


def wait_until_ready(binary: Path, serial: str | None) -> str:
    """The serial of the device that was asked for, once it takes commands.

    An address (`HOST:PORT`, or an mDNS name) that adb does not know yet is connected to.

    Raises:
        DeviceError: there is none, it is not ready within `READY_TIMEOUT`, or `serial` is None
            and not exactly one is ready.
    """
    deadline = time.monotonic() + READY_TIMEOUT
    while True:
        lines = attached(binary)
        if serial and is_address(serial) and serial not in {line.serial for line in lines}:
            connect(binary, serial)
            lines = attached(binary)
        chosen = choose(lines, serial)
        if chosen.ready:
            return chosen.serial
        if not chosen.problem.passing or time.monotonic() > deadline:
            raise device_error(chosen.problem, f"adb:{chosen.serial}")
        time.sleep(0.5)


def choose(lines: Sequence[DeviceLine], serial: str | None) -> DeviceLine:
    """The device that was named, or the only one.

    Raises:
        DeviceError: there is none, or several and none was named.
    """
    names = ", ".join(f"{line.serial} ({line.state})" for line in lines)
    if serial is not None:
        named = [line for line in lines if line.serial == serial]
        if not named:
            hint = f"Attached: {names}" if lines else "No device is attached; see `adb devices`"
            raise DeviceError("no such device is attached", where=f"adb:{serial}", hint=hint)
        return named[0]
    if not lines:
        raise DeviceError(
            "no device is attached",
            where="adb",
            hint="Attach one with USB debugging on, or start an emulator",
        )
    usable = [line for line in lines if line.ready] or list(lines)
    if len(usable) > 1:
        raise DeviceError(
            f"{len(usable)} devices are attached: {names}",
            where="adb",
            hint="Name one: --device adb:SERIAL",
        )
    return usable[0]


def ask(adb: Adb) -> DeviceInfo:
    """What a ready device says of itself.

    Raises:
        DeviceError: it went away, or no runner can be built for its ABI.
    """
    properties = parse_properties(adb.expect("getprop"))
    abi = choose_abi(properties)
    if abi is None:
        raise DeviceError(
            f"its ABI {properties.get('ro.product.cpu.abi', 'unknown')} is not supported",
            where=adb.uri,
            hint=f"Use a device with one of: {', '.join(ABIS)}",
        )
    return DeviceInfo(
        uri=adb.uri,
        abi=abi,
        model=properties.get("ro.product.model", adb.serial),
        emulator=is_emulator(adb.serial, properties),
        os="android",
        release=properties.get("ro.build.version.release", "unknown"),
        cores=count_cores(adb.shell("cat /sys/devices/system/cpu/present").text),
    )
