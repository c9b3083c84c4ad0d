"""Where adb is found, which device is meant, and how a status travels. No process is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tflitekit.devices import adb_client
from tflitekit.devices.adb_client import Adb, StatusMark, device_error, find_adb
from tflitekit.devices.adb_output import LOST, DeviceLine, Problem
from tflitekit.devices.adb_select import choose
from tflitekit.errors import DeviceError


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No adb in any place."""
    for name in ("ADB", "ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(adb_client, "_bundled_candidate", lambda: None)


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_adb_is_found_in_the_documented_order(
    nowhere: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundled = make_program(tmp_path / "bundled" / "adb")
    monkeypatch.setattr(adb_client, "_bundled_candidate", lambda: str(bundled))
    assert find_adb() == bundled
    root = make_program(tmp_path / "root" / "platform-tools" / "adb")
    monkeypatch.setenv("ANDROID_SDK_ROOT", str(tmp_path / "root"))
    assert find_adb() == root
    home = make_program(tmp_path / "home" / "platform-tools" / "adb")
    monkeypatch.setenv("ANDROID_HOME", str(tmp_path / "home"))
    assert find_adb() == home
    on_path = make_program(tmp_path / "bin" / "adb")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_adb() == on_path
    named = make_program(tmp_path / "mine")
    monkeypatch.setenv("ADB", str(named))
    assert find_adb() == named


def test_no_adb(nowhere: None) -> None:
    with pytest.raises(DeviceError, match="no adb") as caught:
        find_adb()
    assert "adbutils" in str(caught.value.hint)


def test_a_wrong_name_is_not_passed_over(
    nowhere: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_program(tmp_path / "bin" / "adb")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("ADB", str(tmp_path / "absent"))
    with pytest.raises(DeviceError, match="not a program"):
        find_adb()


def test_the_bundled_adb_is_found_without_importing() -> None:
    pytest.importorskip("adbutils")
    candidate = adb_client._bundled_candidate()
    assert candidate is not None
    assert Path(candidate).is_file()


def test_a_status_travels_in_the_output() -> None:
    mark = StatusMark()
    command = mark.after("some command")
    token = command.split("echo ")[1].removesuffix("$?")
    assert mark.split(f"text\n{token}3\n") == ("text\n", 3)
    assert mark.split(f"no line end{token}0\r\n") == ("no line end", 0)
    assert mark.split("text\n") == ("text\n", None)
    assert mark.split(f"text\n{token}") == ("text\n", None)
    assert StatusMark().split(f"{token}0") == (f"{token}0", None)


def test_every_call_names_its_device() -> None:
    assert Adb("ABC", Path("/adb")).argv("shell", "id") == ["/adb", "-s", "ABC", "shell", "id"]


def test_a_silent_failure_is_a_lost_connection() -> None:
    adb = Adb("ABC", Path("/adb"))
    assert adb.failure(" \n").what == LOST.what
    assert "something odd" in adb.failure("adb: error: something odd").what


def test_the_words_of_an_interrupted_command_are_no_news_of_the_device() -> None:
    adb = Adb("ABC", Path("/adb"))
    assert adb.gone("INFO: started\ncat: x: No such file or directory").what == LOST.what
    assert adb.gone("INFO: started\nerror: device offline").what == "offline"


def test_hints_name_the_folder_on_the_device() -> None:
    error = device_error(Problem("bad", "remove {root}"), "adb:ABC")
    assert error.hint == "remove /data/local/tmp/tflitekit"


READY = DeviceLine("A", "device")
OTHER = DeviceLine("B", "device")
OFFLINE = DeviceLine("C", "offline")


@pytest.mark.parametrize(
    ("lines", "serial", "chosen"),
    [
        ([READY], None, READY),
        ([READY, OFFLINE], None, READY),
        ([OFFLINE], None, OFFLINE),
        ([READY, OTHER], "B", OTHER),
        ([READY, OFFLINE], "C", OFFLINE),
    ],
)
def test_the_device_that_is_meant(
    lines: list[DeviceLine], serial: str | None, chosen: DeviceLine
) -> None:
    assert choose(lines, serial) is chosen


@pytest.mark.parametrize(
    ("lines", "serial", "told"),
    [
        ([], None, ["no device is attached"]),
        ([READY, OTHER], None, ["2 devices", "A (device)", "B (device)", "--device adb:SERIAL"]),
        ([], "X", ["adb:X", "no such device"]),
        ([READY, OFFLINE], "X", ["adb:X", "A (device)", "C (offline)"]),
    ],
)
def test_no_device_that_could_be_meant(
    lines: list[DeviceLine], serial: str | None, told: list[str]
) -> None:
    with pytest.raises(DeviceError) as caught:
        choose(lines, serial)
    for part in told:
        assert part in str(caught.value)
