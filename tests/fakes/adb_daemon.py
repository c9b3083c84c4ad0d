"""A double of adb's daemon on a loopback port, for faults that the real one will not produce."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.adb_faults import SHELL_V2, SOUND, Faults
from tests.fakes.adb_packets import Connection, Service, Stream
from tests.fakes.adb_shell import serve_shell
from tests.fakes.adb_sync import serve_sync
from tflitekit.devices.observation import CPU
from tools.virtual_device import DeviceState
from tools.virtual_device.targets import HERE

_DATA = "/data/local/tmp"
_PROPERTIES = {
    "ro.build.version.release": "14",
    "ro.kernel.qemu": "1",
    "ro.product.cpu.abi": "x86_64",
    "ro.product.model": "Double",
}
_COMMANDS = (
    *("cat", "chmod", "cp", "echo", "env", "flock", "grep", "kill", "ln", "ls", "mkdir", "mv"),
    *("readlink", "rm", "sh", "sha256sum", "sleep", "stat", "touch"),
)


class Daemon:
    """The device behind the port.

    Args:
        folder: where its files lie; `/data/local/tmp` in commands and paths means a folder here.
        faults: what is wrong with it.
        state: what it shows of its state.
    """

    def __init__(self, folder: Path, faults: Faults, state: DeviceState) -> None:
        self._state = state
        self._faults = faults
        self._data = folder / "data"
        self._data.mkdir()
        self._bin = _make_commands(folder / "bin", faults)
        self._left = faults.storage
        self._connections: list[Connection] = []

    def accept_all(self, listener: socket.socket) -> None:
        """Serve every host that connects, until the listener is closed."""
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            connection = Connection(sock, self._banner(), self._faults.authorized, self._service)
            self._connections.append(connection)
            answers = self._faults.answers
            if answers is None or len(self._connections) <= answers:
                threading.Thread(target=connection.serve, daemon=True).start()

    def drop_all(self) -> None:
        """Break every connection."""
        for connection in self._connections:
            connection.drop()

    def _banner(self) -> bytes:
        return (
            f"device::ro.product.model=Double;features={','.join(self._faults.features)}".encode()
        )

    def _service(self, name: str) -> Service | None:
        time.sleep(self._faults.delay)
        kind, _, rest = name.partition(":")
        if kind == "sync":
            return lambda stream: serve_sync(stream, self._locate, self._accept)
        if kind.split(",")[0] == "shell":
            apart = "v2" in kind.split(",") and SHELL_V2 in self._faults.features
            return lambda stream: self._shell(stream, rest, apart)
        return None

    def _shell(self, stream: Stream, command: str, apart: bool) -> None:
        env = {
            "PATH": str(self._bin),
            "TMPDIR": str(self._data),
            "DEVICE_STATE": str(self._state.folder),
        }
        text = command.replace(_DATA, str(self._data))
        text = text.replace(CPU, str(self._state.processors))
        serve_shell(stream, text, apart=apart, env=env, printed=self._printed)

    def _printed(self, data: bytes) -> bytes:
        if self._faults.drop_at and self._faults.drop_at.encode() in data:
            self.drop_all()
        return data.replace(str(self._state.processors).encode(), CPU.encode())

    def _locate(self, path: str) -> Path:
        return Path(path.replace(_DATA, str(self._data)))

    def _accept(self, data: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return data[:-1] + bytes([data[-1] ^ 1]) if self._faults.damage and data else data


@contextmanager
def running_double(
    folder: Path, faults: Faults = SOUND, state: DeviceState | None = None
) -> Iterator[str]:
    """A double that listens while the block runs; yields its address, "127.0.0.1:PORT"."""
    shown = folder / "state"
    shown.mkdir()
    daemon = Daemon(folder, faults, state or DeviceState(shown))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=daemon.accept_all, args=(listener,), daemon=True).start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            daemon.drop_all()


def _make_commands(folder: Path, faults: Faults) -> Path:
    """A folder with the only commands that the double's shell finds."""
    folder.mkdir()
    for name in _COMMANDS:
        program = shutil.which(name)
        if program and name not in faults.missing:
            (folder / name).symlink_to(program)
    properties = {**_PROPERTIES, **faults.properties}
    lines = "\n".join(f"[{name}]: [{value}]" for name, value in properties.items())
    for name in ("cmd", "dumpsys"):
        if name not in faults.missing:
            shutil.copy(HERE / name, folder / name)
            (folder / name).chmod(0o755)
    getprop = folder / "getprop"
    getprop.write_text(f"#!/bin/sh\ncat <<'END'\n{lines}\nEND\n")
    getprop.chmod(0o755)
    return folder
