"""A running virtual device, from the outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tflitekit.devices.adb_client import attached, find_adb
from tflitekit.devices.adb_output import connected
from tools.virtual_device.availability import (
    Unavailable,
    find_emulation,
    require_namespaces,
)
from tools.virtual_device.root import root_of
from tools.virtual_device.state import DeviceState
from tools.virtual_device.targets import HERE, TARGETS, Target

_START_TIMEOUT = 60.0


@contextmanager
def virtual_device(
    abi: str, *, port: int = 0, data_size: str = "1g", state: DeviceState | None = None
) -> Iterator[str]:
    """A device that adb's server is connected to while the block runs.

    Which server is adb's own matter: set `ANDROID_ADB_SERVER_PORT` for a private one.

    Args:
        abi: "x86_64" or "arm64-v8a".
        port: where to listen on 127.0.0.1; 0 for any free one.
        data_size: how much /data holds, in memory, as tmpfs takes it.
        state: what it shows of its state, from now on; None for a sound one.

    Yields:
        Its serial, "127.0.0.1:PORT".

    Raises:
        Unavailable: this machine cannot run it.
    """
    target = TARGETS[abi]
    require_namespaces()
    with (
        tempfile.TemporaryFile() as log,
        tempfile.TemporaryDirectory(prefix="tflitekit-state-") as folder,
        socket.create_server(("127.0.0.1", port)) as listener,
    ):
        serial = f"127.0.0.1:{listener.getsockname()[1]}"
        shown = state or DeviceState(Path(folder))
        process = _start(target, listener.fileno(), data_size, shown, log)
        try:
            _connect(serial, process, log)
            yield serial
        finally:
            with suppress(subprocess.TimeoutExpired):
                _adb("disconnect", serial)
            _stop(process)


def _start(
    target: Target, listener: int, data_size: str, state: DeviceState, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    emulation = find_emulation(target)
    settings = {
        "root": str(root_of(target)),
        "listener": listener,
        "data_size": data_size,
        "state": str(state.folder),
        "processors": str(state.processors),
        "env": dict(target.env) if emulation.foreign else {},
        "qemu": str(emulation.qemu) if emulation.qemu else None,
        "magic": target.elf[0],
        "mask": target.elf[1],
        "cpuinfo": str(target.cpuinfo) if emulation.foreign else None,
    }
    unshare = ["unshare", "-Urmn", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return subprocess.Popen(
        [*unshare, sys.executable, str(HERE / "inside.py"), json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        pass_fds=[listener],
        start_new_session=True,
    )


def _connect(serial: str, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    """Wait until adb's server can talk to the device."""
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        if connected(_adb("connect", serial)):
            lines = attached(find_adb())
            if any(line.serial == serial and line.ready for line in lines):
                return
        time.sleep(0.1)
    log.seek(0)
    told = log.read().decode(errors="replace").strip().splitlines() or ["no message"]
    raise Unavailable(f"the virtual device did not start: {told[-1]}")


def _adb(*arguments: str) -> str:
    done = subprocess.run(
        [str(find_adb()), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_START_TIMEOUT,
    )
    return done.stdout


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it: by its standard input, or else by force, which takes its namespaces with it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
