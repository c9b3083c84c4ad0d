"""The parser of adb's output, on what versions 29 and 36 print and on formats documented for it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tflitekit.devices.adb_output import (
    STATES,
    choose_abi,
    classify,
    connected,
    count_cores,
    is_emulator,
    last_message,
    parse_devices,
    parse_properties,
    percentages,
)

STARTING = "* daemon not running; starting now at tcp:5037\n* daemon started successfully\n"
LISTING = """List of devices attached
127.0.0.1:40299        unauthorized transport_id:1
127.0.0.1:37487        device model:Double transport_id:2
127.0.0.1:36383        offline transport_id:3
emulator-5554          device product:sdk_gphone64_x86_64 model:sdk_gphone64_x86_64 \
device:emu64xa transport_id:4
HT7A1TESTING           device usb:1-4 product:walleye model:Pixel_2 device:walleye transport_id:5
0123456789ABCDEF       no permissions (user in plugdev group; are your udev rules \
wrong?); see [http://developer.android.com/tools/device.html] usb:1-2 transport_id:6
????????????           no permissions usb:1-3 transport_id:7
R58M12ABCDE            recovery usb:1-5 transport_id:8
R58M12ABCDF            authorizing transport_id:9
adb-R58M-abc123._adb-tls-connect._tcp device transport_id:10
R58M12ABCDG            sideload

"""


def test_devices_of_every_state() -> None:
    found = parse_devices(STARTING + LISTING)
    assert [(line.serial, line.state) for line in found] == [
        ("127.0.0.1:40299", "unauthorized"),
        ("127.0.0.1:37487", "device"),
        ("127.0.0.1:36383", "offline"),
        ("emulator-5554", "device"),
        ("HT7A1TESTING", "device"),
        ("0123456789ABCDEF", "no permissions"),
        ("????????????", "no permissions"),
        ("R58M12ABCDE", "recovery"),
        ("R58M12ABCDF", "authorizing"),
        ("adb-R58M-abc123._adb-tls-connect._tcp", "device"),
        ("R58M12ABCDG", "sideload"),
    ]
    assert [line.ready for line in found] == [line.state == "device" for line in found]


def test_details_of_a_device() -> None:
    pixel = parse_devices(LISTING)[4]
    assert pixel.details == {
        "usb": "1-4",
        "product": "walleye",
        "model": "Pixel_2",
        "device": "walleye",
        "transport_id": "5",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "List of devices attached\n\n",
        "List of devices attached\r\n\r\n",
        STARTING + "List of devices attached\n\n",
        "adb: failed to check server version: protocol fault\n",
    ],
)
def test_no_devices(text: str) -> None:
    assert parse_devices(text) == []


def test_devices_without_details_and_with_news_between() -> None:
    text = (
        "List of devices attached\r\n* daemon started successfully\r\n"
        "ABC\tdevice\r\nDEF\toffline\r\n"
    )
    assert [(line.serial, line.state) for line in parse_devices(text)] == [
        ("ABC", "device"),
        ("DEF", "offline"),
    ]


def test_an_unknown_state_is_told_as_it_is() -> None:
    (line,) = parse_devices("List of devices attached\nABC\tquarantined\n")
    assert not line.ready
    assert "quarantined" in line.problem.what


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_advice(state: str) -> None:
    (line,) = parse_devices(f"List of devices attached\nABC\t{state}\n")
    assert line.problem is STATES[state]
    assert line.problem.hint


UNAUTHORIZED = """device unauthorized.
This adb server's $ADB_VENDOR_KEYS is not set
Try 'adb kill-server' if that seems wrong.
Otherwise check for a confirmation dialog on your device.
"""


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("error: no devices/emulators found\n", "no such device"),
        ("adb: no devices/emulators found\n", "no such device"),
        ("error: device 'nosuch' not found\n", "no such device"),
        ("adb: error: failed to get feature set: device 'nosuch' not found\n", "no such device"),
        ("error: more than one device/emulator\n", "more than one"),
        ("adb: more than one device/emulator\n", "more than one"),
        ("error: device offline\n", "offline"),
        ("adb: error: failed to get feature set: device offline\n", "offline"),
        ("error: " + UNAUTHORIZED, "unauthorized"),
        ("adb: " + UNAUTHORIZED, "unauthorized"),
        ("failed to authenticate to 127.0.0.1:40299\n", "unauthorized"),
        ("error: device still authorizing\n", "authorizing"),
        ("error: device still connecting\n", "connecting"),
        (
            "error: insufficient permissions for device: user in plugdev group; are your udev "
            "rules wrong?\nSee [http://developer.android.com/tools/device.html] for more "
            "information\n",
            "not accessible",
        ),
        (
            "adb: error: failed to copy 'big' to '/data/local/tmp/x': remote write failed: "
            "No space left on device\nbig: 0 files pushed, 0 skipped. 0.0 MB/s (1294 bytes)\n",
            "storage is full",
        ),
        (
            "big: 1 file pushed, 0 skipped. 8.3 MB/s (1294 bytes in 0.000s)\nadb: error: failed "
            "to copy 'big' to '/data/local/tmp/x': remote write failed: No space left on device\n",
            "storage is full",
        ),
        ("sh: can't create lock: No space left on device\n", "storage is full"),
        ("mkdir: '/data/x': Read-only file system\n", "read-only"),
        ("error: closed\n", "lost"),
        ("adb: error: unexpected EOF\n", "lost"),
        ("adb: error: failed to read copy response: Broken pipe\n", "lost"),
        ("failed to connect to '127.0.0.1:1': Connection refused\n", "reached"),
        ("failed to connect to 127.0.0.1:36383\n", "reached"),
        ("failed to resolve host: 'no.such': Name or service not known\n", "reached"),
        (
            "* cannot start server on remote host\nadb: failed to check server version: cannot "
            "connect to daemon at tcp:127.0.0.1:1: failed to connect to '127.0.0.1:1': "
            "Connection refused\n",
            "server",
        ),
        ("adb: failed to check server version: protocol fault (status 48 54?!)\n", "server"),
        ("rm: /data/local/tmp/tflitekit/runs: Permission denied\n", "refused"),
        (
            "adb: error: failed to stat remote object '/data/x': No such file or directory\n",
            "not there",
        ),
    ],
)
def test_errors_are_told_apart(text: str, what: str) -> None:
    problem = classify(text)
    assert problem is not None
    assert what in problem.what
    assert problem.hint


@pytest.mark.parametrize("text", ["", "hello\n", "big: 1 file pushed, 0 skipped. 8.3 MB/s\n"])
def test_what_is_no_known_error(text: str) -> None:
    assert classify(text) is None


@pytest.mark.parametrize(
    ("text", "worked"),
    [
        ("connected to 127.0.0.1:5555\n", True),
        ("already connected to 127.0.0.1:5555\n", True),
        (STARTING + "connected to 127.0.0.1:5555\n", True),
        ("failed to connect to '127.0.0.1:1': Connection refused\n", False),
        ("failed to authenticate to 127.0.0.1:40299\n", False),
        ("unable to connect to 10.0.0.9:5555: No route to host\n", False),
        ("", False),
    ],
)
def test_connect_is_judged_by_its_words(text: str, worked: bool) -> None:
    assert connected(text) is worked


def test_properties_with_odd_values() -> None:
    text = (
        "[ro.product.cpu.abi]: [arm64-v8a]\r\n[empty]: []\r\n[brackets]: [a [b] c]\r\n"
        "[persist.lines]: [first\r\nsecond]\r\n[last]: [x]\r\n"
    )
    assert parse_properties(text) == {
        "ro.product.cpu.abi": "arm64-v8a",
        "empty": "",
        "brackets": "a [b] c",
        "persist.lines": "first\nsecond",
        "last": "x",
    }


@pytest.mark.parametrize(
    ("properties", "abi"),
    [
        ({"ro.product.cpu.abi": "arm64-v8a"}, "arm64-v8a"),
        (
            {"ro.product.cpu.abi": "x86_64", "ro.product.cpu.abilist": "x86_64,arm64-v8a"},
            "x86_64",
        ),
        (
            {"ro.product.cpu.abi": "armeabi-v7a", "ro.product.cpu.abilist64": "arm64-v8a"},
            "arm64-v8a",
        ),
        ({"ro.product.cpu.abi": "x86", "ro.product.cpu.abilist": "x86,x86_64"}, "x86_64"),
        ({"ro.product.cpu.abi": "armeabi-v7a", "ro.product.cpu.abilist": "armeabi-v7a"}, None),
        ({"ro.product.cpu.abi": "riscv64"}, None),
        ({}, None),
    ],
)
def test_abi(properties: dict[str, str], abi: str | None) -> None:
    assert choose_abi(properties) == abi


@pytest.mark.parametrize(
    ("serial", "properties", "emulator"),
    [
        ("emulator-5554", {}, True),
        ("localhost:5555", {"ro.kernel.qemu": "1"}, True),
        ("localhost:5555", {"ro.boot.qemu": "1"}, True),
        ("0.0.0.0:6520", {"ro.hardware": "cutf_cvm"}, True),
        ("192.168.56.101:5555", {"ro.hardware": "vbox86"}, True),
        ("HT7A1TESTING", {"ro.hardware": "ranchu"}, True),
        ("HT7A1TESTING", {"ro.hardware": "walleye", "ro.kernel.qemu": "0"}, False),
        ("10.0.0.9:5555", {}, False),
    ],
)
def test_emulator(serial: str, properties: dict[str, str], emulator: bool) -> None:
    assert is_emulator(serial, properties) is emulator


@pytest.mark.parametrize(
    ("ranges", "cores"),
    [("0-7\n", 8), ("0", 1), ("0-3,6", 5), ("0,2,4-5", 4), ("", 1), ("no such file", 1)],
)
def test_cores(ranges: str, cores: int) -> None:
    assert count_cores(ranges) == cores


DRAWN = (
    "\r[  0%] /data/local/tmp/x\x1b[K\r[ 47%] /data/local/tmp/x\x1b[K\r[100%] /data/local/tmp/x"
    "\x1b[K\rbig: 1 file pushed, 0 skipped. 423.7 MB/s (50000000 bytes in 0.113s)\x1b[K\r\n"
)


def test_progress_of_a_transfer() -> None:
    assert percentages(DRAWN) == [0, 47, 100]
    assert last_message(DRAWN).startswith("big: 1 file pushed")


def test_an_error_is_the_message_wherever_it_stands() -> None:
    text = "[ 47%] x\radb: error: failed to copy: strange\r\nbig: 0 files pushed, 0 skipped.\r\n"
    assert last_message(text) == "adb: error: failed to copy: strange"
    assert last_message("\n  \n") == ""


@example("0-:")
@given(st.text())
def test_no_text_upsets_the_parsers(text: str) -> None:
    parse_devices("List of devices attached\n" + text)
    parse_properties(text)
    classify(text)
    count_cores(text)
    last_message(text)
