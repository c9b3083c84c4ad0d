"""Devices for tests: this machine, two virtual Android devices, and a double of adb's daemon.

adb gets a server of its own, on a port and with a key that are nobody else's, so that no test
sees a developer's phone and no phone sees a test.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from tests.fakes.adb_daemon import running_double
from tests.fakes.adb_faults import SOUND, Faults
from tests.ports import free_port
from tflitekit.devices.adb_client import find_adb
from tflitekit.devices.adb_select import SERIAL_VARIABLES
from tflitekit.errors import DeviceError
from tools.virtual_device import DeviceState, Unavailable, virtual_device


class StartDouble(Protocol):
    """Starts a double and gives its serial."""

    def __call__(self, faults: Faults, state: DeviceState | None = None) -> str: ...


@dataclass(frozen=True)
class Shown:
    """A device, and what it shows of its state."""

    serial: str
    state: DeviceState

    @property
    def uri(self) -> str:
        return f"adb:{self.serial}"


_ADB_TIMEOUT = 60


@pytest.fixture(scope="session")
def adb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A private adb server; yields the adb binary."""
    try:
        adb = find_adb()
    except DeviceError as error:
        _without(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANDROID_ADB_SERVER_PORT", str(free_port()))
        for name in ("ADB_SERVER_SOCKET", *SERIAL_VARIABLES):
            patch.delenv(name, raising=False)
        private = {**os.environ, "HOME": str(tmp_path_factory.mktemp("adb-home"))}
        # Not captured: the server that it leaves behind would hold the pipe open.
        subprocess.run(
            [adb, "start-server"],
            env=private,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_ADB_TIMEOUT,
            check=True,
        )
        yield adb
        subprocess.run([adb, "kill-server"], timeout=_ADB_TIMEOUT, check=True)


@pytest.fixture(scope="session")
def shown_amd64(adb_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A virtual x86_64 device; see `sound` for changing what it shows."""
    yield from _virtual("x86_64", tmp_path_factory.mktemp("amd64"))


@pytest.fixture(scope="session")
def shown_arm64(adb_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A virtual arm64-v8a device, emulated where need be; as `shown_amd64`."""
    yield from _virtual("arm64-v8a", tmp_path_factory.mktemp("arm64"))


@pytest.fixture(scope="session")
def virtual_amd64(shown_amd64: Shown) -> str:
    """The serial of a virtual x86_64 device."""
    return shown_amd64.serial


@pytest.fixture(scope="session")
def virtual_arm64(shown_arm64: Shown) -> str:
    """The serial of a virtual arm64-v8a device."""
    return shown_arm64.serial


@pytest.fixture
def start_double(
    adb_server: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartDouble]:
    """Starts a double with the given faults and returns its serial, which adb knows.

    Without a state of the test's own it shows a sound one.
    """
    with ExitStack() as stack:

        def start(faults: Faults, state: DeviceState | None = None) -> str:
            folder = tmp_path_factory.mktemp("double")
            serial = stack.enter_context(running_double(folder, faults, state))
            stack.callback(_adb, adb_server, "disconnect", serial)
            _adb(adb_server, "connect", serial)
            return serial

        yield start


@pytest.fixture
def double(start_double: StartDouble) -> str:
    """The serial of a double without a fault."""
    return start_double(SOUND)


@pytest.fixture(scope="module")
def lasting_double(adb_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The serial of a double without a fault that serves all tests of a file."""
    with running_double(tmp_path_factory.mktemp("double"), SOUND, None) as serial:
        _adb(adb_server, "connect", serial)
        yield serial
        _adb(adb_server, "disconnect", serial)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Gives the local device a cache, and with it a lock, of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFLITEKIT_CACHE", str(tmp_path_factory.mktemp("local") / "cache"))
        yield


@pytest.fixture(
    scope="module", params=["local", "virtual_amd64", "virtual_arm64", "lasting_double"]
)
def uri(request: pytest.FixtureRequest) -> str:
    """The URI of each kind of device in turn."""
    serial = request.getfixturevalue(request.param)
    return f"adb:{serial}" if serial else "local"


@contextmanager
def sound(shown: Shown) -> Iterator[None]:
    """Inside, what a device shows may change; on both sides it is as it was at first."""
    shown.state.reset()
    try:
        yield
    finally:
        shown.state.reset()


def _virtual(abi: str, folder: Path) -> Iterator[Shown]:
    state = DeviceState(folder)
    with ExitStack() as stack:
        try:
            serial = stack.enter_context(virtual_device(abi, state=state))
        except Unavailable as reason:
            _without(f"no virtual {abi} device: {reason}")
        yield Shown(serial, state)


def _without(reason: str) -> None:
    """Skip, or fail where the tests are told that devices have to be there."""
    if os.environ.get("TFLITEKIT_NEED_DEVICES"):
        pytest.fail(reason)
    pytest.skip(reason)


def _adb(adb: Path, *arguments: str) -> None:
    """Call adb, whatever comes of it: a faulty device refuses to connect."""
    subprocess.run(
        [adb, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=_ADB_TIMEOUT
    )
