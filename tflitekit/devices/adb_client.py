"""The adb binary: where it is, and one bounded call of it."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tflitekit.devices.adb_output import (
    LOST,
    DeviceLine,
    Problem,
    classify,
    connected,
    last_message,
    parse_devices,
)
from tflitekit.errors import DeviceError

REMOTE_ROOT = "/data/local/tmp/tflitekit"
"""Everything that this tool keeps on a device."""

CALL_TIMEOUT = 30.0
"""Seconds for a call that moves no file; the first may have to start adb's server."""


def find_adb() -> Path:
    """The adb binary: `$ADB`, `PATH`, the Android SDK, or the one in the package adbutils.

    `ANDROID_ADB_SERVER_PORT` and `ADB_SERVER_SOCKET` are left to adb, which reads them itself.

    Raises:
        DeviceError: there is none, or `$ADB` names something that is not a program.
    """
    named = os.environ.get("ADB")
    if named:
        found = shutil.which(named)
        if found is None:
            raise DeviceError("is not a program", where=f"ADB={named}", hint="Correct or unset ADB")
        return Path(found)
    candidates = [shutil.which("adb"), *_sdk_candidates(), _bundled_candidate()]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise DeviceError(
        "no adb was found",
        hint="Install it (apt install adb, or pip install adbutils), or name it in ADB",
    )


def _sdk_candidates() -> list[str]:
    homes = (os.environ.get(name) for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT"))
    return [str(Path(home, "platform-tools", "adb")) for home in homes if home]


def _bundled_candidate() -> str | None:
    spec = importlib.util.find_spec("adbutils")
    if spec is None or spec.origin is None:
        return None
    return str(Path(spec.origin).with_name("binaries") / "adb")


@dataclass(frozen=True)
class Reply:
    """What a command on the device gave: its status and its output, stderr included."""

    status: int
    text: str


class StatusMark:
    """A line that a shell prints last, to carry a status through any adb.

    `adb shell` ends with 0 when the connection breaks, and without the feature shell_v2 always.
    A mark that nobody can guess tells an ended command from a broken connection.
    """

    def __init__(self) -> None:
        self._token = f"tflitekit-status-{secrets.token_hex(8)}:"

    def after(self, command: str) -> str:
        """Shell text that runs `command` in a shell of its own, then prints the mark."""
        return f"({command}); echo {self._token}$?"

    def split(self, text: str) -> tuple[str, int | None]:
        """The text before the mark, and the status in it; None where there is no mark."""
        before, found, after = text.partition(self._token)
        return before, int(after.split()[0]) if found and after.split() else None


class Adb:
    """One device behind the adb binary.

    Args:
        serial: what `adb -s` takes.
        binary: the program, as `find_adb` gives it.
    """

    def __init__(self, serial: str, binary: Path) -> None:
        self.serial = serial
        self.uri = f"adb:{serial}"
        self._binary = binary

    def argv(self, *arguments: str) -> list[str]:
        """The command line of an adb command for this device."""
        return [str(self._binary), "-s", self.serial, *arguments]

    def shell(self, command: str, timeout: float = CALL_TIMEOUT) -> Reply:
        """Run shell text on the device; every name in it must be quoted already.

        Raises:
            DeviceError: the device is gone, or does not answer within `timeout` seconds.
        """
        mark = StatusMark()
        done = _call(self.argv("shell", mark.after(f"exec 2>&1; {command}")), timeout, self.uri)
        text, status = mark.split(done.stdout)
        if status is None:
            raise self.failure(done.stdout + done.stderr)
        return Reply(status, text.replace("\r", ""))

    def expect(self, command: str, timeout: float = CALL_TIMEOUT) -> str:
        """As `shell`, for a command that has to succeed.

        Raises:
            DeviceError: it did not, or as `shell`.
        """
        reply = self.shell(command, timeout)
        if reply.status != 0:
            raise self.failure(reply.text)
        return reply.text

    def gone(self, stderr: str) -> DeviceError:
        """The error for a command that never ended; its own words are no news of the device."""
        told = [line for line in stderr.splitlines() if line.startswith(("adb:", "error:"))]
        return self.failure("\n".join(told))

    def failure(self, text: str) -> DeviceError:
        """The error that an output tells of; a silent end means a broken connection."""
        problem = classify(text) if text.strip() else LOST
        if problem is None:
            return DeviceError(f"adb says: {last_message(text)}", where=self.uri)
        return device_error(problem, self.uri)


def device_error(problem: Problem, uri: str) -> DeviceError:
    """The error for a known problem of a device."""
    return DeviceError(problem.what, where=uri, hint=problem.hint.format(root=REMOTE_ROOT))


def attached(binary: Path) -> list[DeviceLine]:
    """Every device that adb's server knows, in any state.

    Raises:
        DeviceError: the server cannot be started or does not answer.
    """
    done = _call([str(binary), "devices", "-l"], CALL_TIMEOUT, "adb")
    if done.returncode != 0:
        problem = classify(done.stderr)
        what = problem.what if problem else f"adb says: {last_message(done.stderr)}"
        raise DeviceError(what, where="adb", hint=problem.hint if problem else None)
    return parse_devices(done.stdout)


def connect(binary: Path, address: str) -> None:
    """Connect to a device on the network.

    Raises:
        DeviceError: it refuses or does not answer.
    """
    done = _call([str(binary), "connect", address], CALL_TIMEOUT, f"adb:{address}")
    if not connected(done.stdout):
        text = done.stdout + done.stderr
        problem = classify(text) or Problem(f"adb says: {last_message(text)}", "")
        raise DeviceError(problem.what, where=f"adb:{address}", hint=problem.hint or None)


def _call(argv: Sequence[str], timeout: float, where: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise DeviceError(
            f"no answer within {timeout:g} s",
            where=where,
            hint="Check its cable or network; `adb kill-server` restarts adb",
        ) from None
    except OSError as error:
        raise DeviceError(
            f"adb cannot be started ({error.strerror})", where=argv[0], hint="Name another in ADB"
        ) from error


def quoted(*words: str) -> str:
    """Words for the device's shell."""
    return shlex.join(words)
