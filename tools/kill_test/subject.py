"""The devices under test: what is killed on them, and what must not be left."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tflitekit.devices.adb_client import REMOTE_ROOT, find_adb
from tflitekit.errors import DeviceError
from tflitekit.files import cache_root
from tools.virtual_device import DeviceState

KEPT = ("store", "folders")
"""What stays on a device: files by content."""

_CALL_TIMEOUT = 30.0


class Subject(Protocol):
    """One device, seen from beside the tool.

    Attributes:
        uri: how the tool names it.
        victims: what can be killed besides the tool.
    """

    uri: str
    victims: tuple[str, ...]

    def kill(self, victim: str) -> bool:
        """Kill it; whether it was there."""

    def left(self) -> list[str]:
        """What is on the device that should not be, for a reader."""


class LocalSubject:
    """This machine, with a cache of the test's own."""

    uri = "local"
    victims = ("runner",)

    def __init__(self) -> None:
        self._root = cache_root()

    def kill(self, victim: str) -> bool:
        runners = list(self._processes())
        for process in runners:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return bool(runners)

    def left(self) -> list[str]:
        files = [str(path) for path in (self._root / "runs").glob("*")]
        files += [str(path) for name in KEPT for path in (self._root / name).glob(".*")]
        owner = self._root / "local.lock"
        lock = (
            [f"lock: {owner.read_text().strip()}"] if owner.exists() and owner.read_text() else []
        )
        return [*files, *lock, *(f"process {one}" for one in self._processes())]

    def _processes(self) -> Iterator[int]:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink().is_relative_to(self._root / "runs"):
                    yield int(process.name)


_RUNNERS = """
for process in /proc/[0-9]*; do
  case "$(readlink "$process/cwd" 2>/dev/null)" in
    */tflitekit/runs/*) echo "${process#/proc/}" ;;
  esac
done
"""
_KILL_DAEMON = """
for file in $(grep -l 'bin/adb[d]' /proc/[0-9]*/cmdline 2>/dev/null); do
  process="${file%/cmdline}"
  kill -9 "${process#/proc/}"
done
"""
"""By its arguments, for an emulated program has the emulator's name; and not this text's shell."""

_LEFT = f"""
cd {REMOTE_ROOT} 2>/dev/null || {{ echo whole; exit; }}
for name in *; do
  case "$name" in
    store|folders|lock|'*') ;;
    runs) [ -z "$(ls -A runs)" ] || ls -d runs/* ;;
    *) echo "$name" ;;
  esac
done
ls -d store/*.part folders/*.part 2>/dev/null
[ ! -s lock ] || echo "lock: $(cat lock)"
(flock -n 9 9>&9 || echo "lock: held") 9<lock
for one in $({_RUNNERS}); do echo "process $one"; done
"""


class AdbSubject:
    """A virtual device.

    Args:
        serial: what `adb -s` takes.
        state: what the device shows of its state.
    """

    victims = ("runner", "daemon", "server")

    def __init__(self, serial: str, state: DeviceState) -> None:
        self.uri = f"adb:{serial}"
        self._serial, self._state = serial, state

    def kill(self, victim: str) -> bool:
        if victim == "server":
            return _kill_server()
        if victim == "daemon":
            return self._shell(_KILL_DAEMON) is None  # it takes the answer with it
        told = self._shell(f"for one in $({_RUNNERS}); do kill -9 $one; echo $one; done")
        return bool(told and told.strip())

    def left(self) -> list[str]:
        text = self._shell(_LEFT)
        if text is None:
            self._adb("connect", self._serial)
            return ["the device does not answer"]
        mode = ["fixed-performance mode"] if self._state.fixed_performance else []
        return [*text.splitlines(), *mode, *_processes_about(self._serial)]

    def _shell(self, command: str) -> str | None:
        done = self._adb("-s", self._serial, "shell", f"{command}\necho whole")
        text = done.stdout.replace("\r", "") if done else ""
        return text.removesuffix("whole\n").rstrip() if text.endswith("whole\n") else None

    def _adb(self, *arguments: str) -> subprocess.CompletedProcess[str] | None:
        try:
            return subprocess.run(
                [str(find_adb()), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                timeout=_CALL_TIMEOUT,
            )
        except (subprocess.TimeoutExpired, DeviceError):
            return None


def _processes_about(name: str) -> list[str]:
    """This machine's processes that were started with a word that holds `name`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_text(errors="replace").split("\0")
            if any(name in word for word in words) and int(process.name) != os.getpid():
                found.append(f"process {process.name}: {' '.join(words)[:80]}")
    return found


def _kill_server() -> bool:
    """Kill the server on our own port, and no other."""
    port = f"tcp:{os.environ['ANDROID_ADB_SERVER_PORT']}"
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_text().split("\0")
            if "fork-server" in words and port in words:
                os.kill(int(process.name), signal.SIGKILL)
                return True
    return False
