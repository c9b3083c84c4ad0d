"""What adb prints, as objects. Pure text in, facts out; nothing here starts a process."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tflitekit.abi import ABIS
from tflitekit.devices.observation import cores_in

READY = "device"
"""The state of a device that takes commands."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, for a reader: one sentence, and what to do about it."""

    what: str
    hint: str
    passing: bool = False
    """Whether it usually goes away by itself within seconds."""


STATES: Mapping[str, Problem] = {
    "offline": Problem(
        "offline", "Reconnect its cable, or `adb disconnect` and `adb connect` it", passing=True
    ),
    "unauthorized": Problem("unauthorized", "Unlock its screen and allow USB debugging from here"),
    "authorizing": Problem("still authorizing", "Unlock its screen", passing=True),
    "connecting": Problem("still connecting", "Try again in a few seconds", passing=True),
    "detached": Problem("detached from adb", "Run `adb attach`"),
    "bootloader": Problem("in its bootloader", "Start Android: `fastboot reboot`"),
    "recovery": Problem("in recovery mode", "Start Android: `adb reboot`"),
    "rescue": Problem("in rescue mode", "Start Android: `adb reboot`"),
    "sideload": Problem("in sideload mode", "Start Android: `adb reboot`"),
    "host": Problem("a host, not a device", "Name a device that `adb devices` shows as such"),
    "no permissions": Problem(
        "not accessible to this user",
        "Install the udev rules for Android devices, or add yourself to the group plugdev",
    ),
}
"""Every state that is not `READY`."""


@dataclass(frozen=True)
class DeviceLine:
    """One line of `adb devices -l`.

    Attributes:
        serial: the name for `adb -s`.
        state: "device", or a key of `STATES`, or a word that this version does not know.
        details: what follows, such as "model" and "transport_id".
    """

    serial: str
    state: str
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether it takes commands."""
        return self.state == READY

    @property
    def problem(self) -> Problem:
        """What is wrong with it, where it is not `ready`."""
        return STATES.get(
            self.state, Problem(f"in the state {self.state!r}", "See `adb devices -l`")
        )


# A serial has no space but in the name that mDNS gives to a second one, "adb-X (2)._adb-tls-...";
# "no permissions (user in plugdev group; are your udev rules wrong?)" has.
_DEVICE = re.compile(
    r"(?P<serial>adb-\S+ \(\d+\)\._adb\S*|\S+)\s+(?P<state>no permissions|\S+)(?P<rest>.*)"
)
_DETAIL = re.compile(r"(?:^|\s)(product|model|device|transport_id|usb):(\S+)")


def parse_devices(text: str) -> list[DeviceLine]:
    """The devices in the output of `adb devices` or `adb devices -l`.

    Anything before the heading, such as news of a starting daemon, is skipped.
    """
    _, heading, listing = text.replace("\r", "").partition("List of devices attached")
    found = []
    for line in listing.splitlines() if heading else []:
        match = _DEVICE.match(line)
        if match and not line.startswith("*"):
            details = dict(_DETAIL.findall(match["rest"]))
            found.append(DeviceLine(match["serial"], match["state"], details))
    return found


_STORAGE = Problem(
    "its storage is full", "Free some space; what this tool left is in {root} and may be removed"
)
LOST = Problem("the connection to it was lost", "Check its cable or network, then try again")

# The first that fits wins, so the more particular come first.
_FAILURES: tuple[tuple[str, Problem], ...] = (
    (r"no space left on device|disk quota exceeded|not enough space", _STORAGE),
    (r"read-only file system", Problem("its storage is read-only", "Restart the device")),
    (r"device unauthorized|failed to authenticate", STATES["unauthorized"]),
    (r"device still authorizing", STATES["authorizing"]),
    (r"device still connecting", STATES["connecting"]),
    (r"device offline", STATES["offline"]),
    (
        r"insufficient permissions|missing udev rules|no permissions",
        STATES["no permissions"],
    ),
    (
        r"more than one device|more than one emulator",
        Problem("more than one device is attached", "Name one: --device adb:SERIAL"),
    ),
    (
        r"device '.*' not found|no devices/emulators found|device not found|no such device",
        Problem("no such device is attached", "See `adb devices`"),
    ),
    (
        r"unknown socket specification",
        Problem("ADB_SERVER_SOCKET is no address of an adb server", "Write tcp:HOST:PORT"),
    ),
    (
        r"cannot start server on remote host",
        Problem(
            "the adb server that ADB_SERVER_SOCKET names cannot be reached",
            "Start it there, `adb -a nodaemon server start`, or check the host and port",
        ),
    ),
    (
        r"cannot connect to daemon|could not (?:read|install) .*smartsocket|failed to start daemon"
        r"|failed to check server version",
        Problem("the adb server does not answer", "Run `adb kill-server`, then try again"),
    ),
    (
        r"connection refused|no route to host|connection timed out|network is unreachable"
        r"|name or service not known|failed to connect|unable to connect",
        Problem("it cannot be reached over the network", "Check its address and port"),
    ),
    (
        r"error: closed|connection reset|broken pipe|unexpected eof|connection closed"
        r"|protocol fault|read failed|no response|transport error",
        LOST,
    ),
    (
        r"permission denied",
        Problem("it refused the access", "Remove what another user left in {root} on it"),
    ),
    (
        r"no such file or directory|does not exist",
        Problem("a file is not there", "Run the command again"),
    ),
)


def classify(text: str) -> Problem | None:
    """The problem that an output of adb, or of a command behind it, tells of; None if unknown.

    A hint may hold `{root}`: the folder of this tool on the device.
    """
    lowered = text.lower()
    return next((known for pattern, known in _FAILURES if re.search(pattern, lowered)), None)


def connected(text: str) -> bool:
    """Whether `adb connect` worked, by what it says: its exit status is 0 even when refused."""
    return bool(re.search(r"^(already )?connected to ", text, re.MULTILINE))


_PROPERTY = re.compile(r"^\[(?P<name>[^\]]+)\]: \[(?P<value>.*?)\]$", re.MULTILINE | re.DOTALL)


def parse_properties(text: str) -> dict[str, str]:
    """The output of `getprop`; a value may span lines."""
    return {m["name"]: m["value"] for m in _PROPERTY.finditer(text.replace("\r", ""))}


def choose_abi(properties: Mapping[str, str]) -> str | None:
    """The ABI to build for: the native one, else a supported one that it can also run."""
    offered = [properties.get("ro.product.cpu.abi", "")]
    for name in ("ro.product.cpu.abilist64", "ro.product.cpu.abilist"):
        offered += properties.get(name, "").split(",")
    return next((abi for abi in offered if abi in ABIS), None)


# Property, and the values that only an emulator or a virtual machine has.
_EMULATOR_SIGNS: Mapping[str, tuple[str, ...]] = {
    "ro.kernel.qemu": ("1",),
    "ro.boot.qemu": ("1",),
    "ro.hardware": ("goldfish", "ranchu", "cutf_cvm", "vbox86", "gce_x86"),
    "ro.boot.hardware": ("goldfish", "ranchu", "cutf_cvm", "vbox86", "gce_x86"),
}


def is_emulator(serial: str, properties: Mapping[str, str]) -> bool:
    """Whether the device is an emulator or another virtual machine."""
    return serial.startswith("emulator-") or any(
        properties.get(name) in values for name, values in _EMULATOR_SIGNS.items()
    )


def count_cores(ranges: str) -> int:
    """The number of processors in the kernel's list format, such as "0-3,6"; at least 1."""
    return max(len(cores_in(ranges)), 1)


def percentages(text: str) -> list[int]:
    """The percentages that a transfer drew on its terminal, in order."""
    return [int(number) for number in re.findall(r"\[\s*(\d+)%\]", text)]


_TERMINAL_CODE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def last_message(text: str) -> str:
    """The last line that tells of an error, else the last that is not blank or a percentage."""
    lines = re.split(r"[\r\n]+", _TERMINAL_CODE.sub("", text))
    told = [line.strip() for line in lines if line.strip() and not percentages(line)]
    errors = [line for line in told if "error:" in line]
    return (errors or told or [""])[-1]
