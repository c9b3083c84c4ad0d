"""Every way in which a device lets one down ends in one clear error."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.device.conftest import StartDouble
from tests.device.progress import Recorded
from tests.fakes.adb_faults import FEATURES, SHELL_V2, Faults
from tflitekit.devices import adb_select
from tflitekit.devices.registry import list_devices, open_device
from tflitekit.errors import DeviceError, RunError
from tflitekit.progress import SILENT
from tools.virtual_device import virtual_device

pytestmark = pytest.mark.device

_TIMEOUT = 30.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is not ready is given up soon."""
    monkeypatch.setattr(adb_select, "READY_TIMEOUT", 1.0)


@pytest.fixture
def no_other_device(adb_server: Path) -> Iterator[None]:
    """For tests of "adb" without a serial: forget the devices of other tests meanwhile."""
    known = [entry.uri.removeprefix("adb:") for entry in list_devices() if entry.uri != "local"]
    for serial in known:
        os.spawnl(os.P_WAIT, str(adb_server), "adb", "disconnect", serial)
    yield
    for serial in known:
        os.spawnl(os.P_WAIT, str(adb_server), "adb", "connect", serial)


def error_of_opening(uri: str) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        open_device(uri).__enter__()
    assert caught.value.exit_code == 5
    return caught.value


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def break_connection(serial: str) -> None:
    """Have a double that drops at "break now" do so."""
    with (
        pytest.raises(DeviceError),
        open_device(f"adb:{serial}") as device,
        device.run_folder() as folder,
    ):
        list(device.run(["echo", "break now"], folder=folder, timeout=_TIMEOUT))


def test_unauthorized(start_double: StartDouble) -> None:
    serial = start_double(Faults(authorized=False))
    started = time.monotonic()
    error = error_of_opening(f"adb:{serial}")
    assert time.monotonic() - started < 10  # it will not change by itself
    assert "authoriz" in error.what
    assert "screen" in str(error.hint)


def test_offline(start_double: StartDouble, impatient: None) -> None:
    serial = start_double(Faults(answers=1, drop_at="break now"))
    break_connection(serial)
    assert "offline" in error_of_opening(f"adb:{serial}").what


def test_a_device_that_comes_back_is_waited_for(start_double: StartDouble) -> None:
    serial = start_double(Faults(drop_at="break now"))
    break_connection(serial)
    with open_device(f"adb:{serial}") as device, device.run_folder() as folder:
        assert list(device.run(["echo", "back"], folder=folder, timeout=_TIMEOUT)) == ["back"]


def test_gone_in_mid_run(start_double: StartDouble) -> None:
    serial = start_double(Faults(drop_at="half way"))
    argv = ["sh", "-c", "echo $$; echo noise >&2; sleep 0.5; echo half way; exec sleep 60"]
    seen: list[str] = []
    with open_device(f"adb:{serial}") as device:
        started = time.monotonic()
        with pytest.raises(DeviceError, match="lost"), device.run_folder() as folder:
            seen.extend(device.run(argv, folder=folder, timeout=_TIMEOUT))
        assert time.monotonic() - started < 20
        # The double's processes are this machine's: it kills the orphan by itself.
        wait_until(lambda: not Path("/proc", seen[0]).exists())
        with pytest.raises(DeviceError, match="lost"):
            device.store(Path(__file__), SILENT)


def test_full_storage(start_double: StartDouble, tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(bytes(5_000_000))
    uri = f"adb:{start_double(Faults(storage=2_000_000))}"
    with pytest.raises(DeviceError, match="storage is full") as caught, open_device(uri) as device:
        device.store(tmp_path / "model", SILENT)
    assert "/data/local/tmp/tflitekit" in str(caught.value.hint)


def test_full_storage_of_a_real_daemon(
    adb_server: Path, virtual_amd64: str, tmp_path: Path
) -> None:
    (tmp_path / "model").write_bytes(os.urandom(5_000_000))
    (tmp_path / "small").write_bytes(os.urandom(3_000_000))
    with virtual_device("x86_64", data_size="4m") as serial, open_device(f"adb:{serial}") as device:
        with pytest.raises(DeviceError, match="storage is full"):
            device.store(tmp_path / "model", SILENT)
        # What had arrived of the first does not take the room of the second.
        device.store(tmp_path / "small", SILENT)


def test_a_daemon_that_is_restarted_in_mid_run(virtual_amd64: str) -> None:
    """The run is lost, and the next one waits until the device is back."""
    uri = f"adb:{virtual_amd64}"
    argv = ["sh", "-c", "echo $$; sleep 0.5; kill -9 $(pidof adbd); sleep 60"]
    seen: list[str] = []
    with pytest.raises(DeviceError), open_device(uri) as device, device.run_folder() as folder:
        seen.extend(device.run(argv, folder=folder, timeout=_TIMEOUT))
    with open_device(uri) as device, device.run_folder() as folder:
        script = 'ls ..; [ -d "/proc/$1" ] && echo "process $1" || true'
        left = list(
            device.run(["sh", "-c", script, "sh", seen[0]], folder=folder, timeout=_TIMEOUT)
        )
    assert {name.removesuffix(".pid") for name in left} == {Path(folder).name}


def test_a_server_that_is_killed_in_mid_run(
    adb_server: Path, virtual_amd64: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # the next server starts by itself
    uri, argv = f"adb:{virtual_amd64}", ["sh", "-c", "echo started; exec sleep 60"]
    with pytest.raises(DeviceError), open_device(uri) as device, device.run_folder() as folder:
        for line in device.run(argv, folder=folder, timeout=_TIMEOUT):
            assert line == "started"
            os.spawnl(os.P_WAIT, str(adb_server), "adb", "kill-server")
    with open_device(uri) as device, device.run_folder() as folder:
        left = list(device.run(["ls", ".."], folder=folder, timeout=_TIMEOUT))
    assert {name.removesuffix(".pid") for name in left} == {Path(folder).name}


def test_a_lock_that_is_given_back_just_now_is_waited_for(uri: str) -> None:
    """The clean-up after a tool that was killed takes a moment, and has the lock meanwhile."""
    first = open_device(uri)
    first.__enter__()
    end = threading.Timer(0.5, first.__exit__, (None, None, None))
    end.start()
    try:
        with open_device(uri):
            pass
    finally:
        end.join()


def test_damaged_on_the_way(start_double: StartDouble, tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"weights")
    uri = f"adb:{start_double(Faults(damage=True))}"
    with open_device(uri) as device:
        with pytest.raises(DeviceError, match="differs from its source"):
            device.store(tmp_path / "model", SILENT)
        with device.run_folder() as folder:
            assert list(device.run(["ls", "../../store"], folder=folder, timeout=_TIMEOUT)) == []


def test_without_shell_v2(start_double: StartDouble) -> None:
    serial = start_double(Faults(features=FEATURES - {SHELL_V2}))
    with open_device(f"adb:{serial}") as device, device.run_folder() as folder:
        argv = ["sh", "-c", "echo one; printf two; exit $CODE"]
        lines = device.run(argv, folder=folder, env={"CODE": "0"}, timeout=_TIMEOUT)
        assert list(lines) == ["one", "two"]
        with pytest.raises(RunError, match="status 5"):
            list(device.run(argv, folder=folder, env={"CODE": "5"}, timeout=_TIMEOUT))
        ended = time.monotonic()
    assert time.monotonic() - ended < 10
    with open_device(f"adb:{serial}"):
        pass


def test_wrong_abi(start_double: StartDouble) -> None:
    properties = {
        "ro.product.cpu.abi": "armeabi-v7a",
        "ro.product.cpu.abilist": "armeabi-v7a,armeabi",
    }
    error = error_of_opening(f"adb:{start_double(Faults(properties=properties))}")
    assert "armeabi-v7a" in error.what
    assert "arm64-v8a" in str(error.hint)


def test_too_old(start_double: StartDouble) -> None:
    error = error_of_opening(f"adb:{start_double(Faults(missing=('flock',)))}")
    assert "flock" in error.what
    assert "Android 8" in str(error.hint)


def test_slow(start_double: StartDouble) -> None:
    serial = start_double(Faults(delay=0.3))
    with open_device(f"adb:{serial}") as device, device.run_folder() as folder:
        assert list(device.run(["echo", "late"], folder=folder, timeout=_TIMEOUT)) == ["late"]


def test_nobody_listens(adb_server: Path) -> None:
    error = error_of_opening("adb:127.0.0.1:1")
    assert "cannot be reached" in error.what


def test_unknown_serial_names_what_is_attached(double: str) -> None:
    error = error_of_opening("adb:NOSUCH")
    assert double in str(error.hint)


def test_without_a_serial_there_must_be_one(
    no_other_device: None, start_double: StartDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no device" in error_of_opening("adb").what
    first = start_double(Faults())
    with open_device("adb") as device:
        assert device.info.uri == f"adb:{first}"
    second = start_double(Faults())
    error = error_of_opening("adb")
    assert first in error.what
    assert second in error.what
    monkeypatch.setenv("ANDROID_SERIAL", second)
    with open_device("adb") as device:
        assert device.info.uri == f"adb:{second}"


def test_devices_are_listed_with_their_problems(start_double: StartDouble) -> None:
    sound, refusing = start_double(Faults()), start_double(Faults(authorized=False))
    entries = {entry.uri: entry for entry in list_devices()}
    assert entries["local"].info is not None
    info = entries[f"adb:{sound}"].info
    assert info is not None
    assert info.model == "Double"
    problem = entries[f"adb:{refusing}"].problem
    assert problem is not None
    assert problem.hint


def test_the_bundled_adb_is_enough(
    virtual_amd64: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ADB", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "model").write_bytes(os.urandom(300_000))
    told = Recorded()
    with open_device(f"adb:{virtual_amd64}") as device, device.run_folder() as folder:
        device.push(tmp_path / "model", f"{folder}/model", told)
        device.pull(f"{folder}/model", tmp_path / "back", told)
        assert list(device.run(["ls"], folder=folder, timeout=_TIMEOUT)) == ["model"]
    assert told.sums == [300_000, 300_000]
    assert (tmp_path / "back").read_bytes() == (tmp_path / "model").read_bytes()


def test_an_adb_that_is_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADB", "/nonexistent/adb")
    assert "ADB" in str(error_of_opening("adb"))
