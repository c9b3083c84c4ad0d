"""Devices and adb servers that are elsewhere. No process is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tflitekit.devices import adb_select
from tflitekit.devices.adb_output import classify, parse_devices
from tflitekit.devices.adb_select import default_serial, is_address, wait_until_ready

REFUSED = """\
* cannot start server on remote host
adb: failed to check server version: cannot connect to daemon at tcp:127.0.0.1:9: failed to connect
"""
MALFORMED = """\
* cannot start server on remote host
adb: failed to check server version: cannot connect to daemon at 5037: unknown socket specification
"""
LISTED = """\
List of devices attached
192.168.0.7:5555       device product:p model:Pixel_8 device:d transport_id:3
[fe80::1]:5555         offline transport_id:4
adb-39051FD-x0Yz1._adb-tls-connect._tcp device product:p model:Pixel_8 device:d transport_id:5
adb-39051FD-x0Yz1 (2)._adb-tls-connect._tcp device product:p model:Pixel_9 transport_id:6
"""
NAME = "adb-39051FD-x0Yz1._adb-tls-connect._tcp"


def test_wireless_devices_are_listed_by_their_whole_names() -> None:
    found = parse_devices(LISTED)
    second = "adb-39051FD-x0Yz1 (2)._adb-tls-connect._tcp"
    assert [one.serial for one in found] == ["192.168.0.7:5555", "[fe80::1]:5555", NAME, second]
    assert [one.state for one in found] == ["device", "offline", "device", "device"]
    assert found[3].details["model"] == "Pixel_9"


@pytest.mark.parametrize(
    ("environment", "serial"),
    [
        ({}, None),
        ({"ANDROID_SERIAL": ""}, None),
        ({"DEVICEFARM_DEVICE_UDID": "R5CT"}, "R5CT"),
        ({"ANDROID_SERIAL": "own", "DEVICEFARM_DEVICE_UDID": "R5CT"}, "own"),
    ],
)
def test_the_environment_names_a_device(environment: dict[str, str], serial: str | None) -> None:
    assert default_serial(environment) == serial


def test_what_is_an_address() -> None:
    assert all(map(is_address, ("192.168.0.7:5555", "[fe80::1]:5555", NAME)))
    assert not any(map(is_address, ("R5CT", "emulator-5554")))


def test_a_wireless_name_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[str] = []
    monkeypatch.setattr(adb_select, "connect", lambda binary, address: connections.append(address))
    listings = [[], parse_devices(LISTED)]
    monkeypatch.setattr(adb_select, "attached", lambda binary: listings.pop(0))
    assert wait_until_ready(Path("adb"), NAME) == NAME
    assert connections == [NAME]


@pytest.mark.parametrize(
    ("text", "told"), [(REFUSED, "cannot be reached"), (MALFORMED, "is no address")]
)
def test_a_server_elsewhere_that_does_not_answer_is_not_to_be_killed(text: str, told: str) -> None:
    problem = classify(text)
    assert problem is not None
    assert told in problem.what
    assert "ADB_SERVER_SOCKET" in problem.what
    assert "kill-server" not in problem.hint
