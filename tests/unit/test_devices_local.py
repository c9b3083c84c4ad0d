"""What does not depend on a process: names, URIs, the meaning of an end, this machine."""

from __future__ import annotations

import errno
import os
import platform
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tflitekit.devices import local, registry
from tflitekit.devices.adb import AdbDevice
from tflitekit.devices.local import LocalDevice, local_info, processor_name
from tflitekit.devices.names import check_plain, check_variable, folder_digest
from tflitekit.devices.process import Ended, run_failure
from tflitekit.devices.registry import list_devices, open_device
from tflitekit.errors import DeviceError, UsageError
from tflitekit.progress import SILENT


def test_uris() -> None:
    assert isinstance(open_device("local"), LocalDevice)
    assert isinstance(open_device("adb"), AdbDevice)
    assert isinstance(open_device("adb:127.0.0.1:5555"), AdbDevice)


@pytest.mark.parametrize("uri", ["", "ssh:host", "Local", "local:0"])
def test_what_is_no_uri(uri: str) -> None:
    with pytest.raises(UsageError):
        open_device(uri)


@pytest.mark.parametrize(
    ("machine", "abi"), [("x86_64", "x86_64"), ("aarch64", "arm64-v8a"), ("riscv64", None)]
)
def test_abi_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, machine: str, abi: str | None
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    if abi is None:
        with pytest.raises(DeviceError, match="riscv64"):
            local_info()
    else:
        assert local_info().abi == abi


def test_a_virtual_machine_says_so() -> None:
    real = "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu sse\n"
    assert processor_name(real) == "Some CPU"
    assert processor_name(real.replace("sse", "sse hypervisor")) == "Some CPU (virtual machine)"
    assert processor_name("") == platform.machine()


@pytest.mark.parametrize("name", ["model.tflite", "it's", "...", "-n", "ü"])
def test_plain_names(name: str) -> None:
    check_plain(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", "nul\0"])
def test_paths_are_no_plain_names(name: str) -> None:
    with pytest.raises(DeviceError):
        check_plain(name)


@pytest.mark.parametrize("name", ["", "1A", "A B", "A=B", "A-B", "A\n"])
def test_what_is_no_variable(name: str) -> None:
    with pytest.raises(DeviceError):
        check_variable(name)


@given(st.dictionaries(st.text(min_size=1), st.text("0123456789abcdef", min_size=64, max_size=64)))
def test_folder_digest_depends_on_content_not_on_order(digests: dict[str, str]) -> None:
    backwards = dict(reversed(digests.items()))
    assert folder_digest(digests) == folder_digest(backwards)
    assert folder_digest(digests) != folder_digest({**digests, "one more/": "0" * 64})


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (3, "status 3"),
        (-signal.SIGSEGV, "SIGSEGV"),
        (128 + signal.SIGKILL, "SIGKILL"),
        (255, "status 255"),
        (None, "not finished after 7 s"),
    ],
)
def test_the_meaning_of_an_end(status: int | None, told: str) -> None:
    failure = run_failure(["/a/runner", "x"], Ended(status, "last words"), timeout=7)
    assert failure is not None
    assert failure.exit_code == 6
    assert failure.where == "runner"
    assert told in failure.what
    assert failure.log == "last words"


def test_a_good_end() -> None:
    assert run_failure(["runner"], Ended(0, "chatter"), timeout=7) is None


def test_a_full_disk_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def half(source: Path, target: Path, progress: object) -> str:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setenv("TFLITEKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(local, "_copy", half)
    (tmp_path / "model").write_bytes(b"weights")
    with LocalDevice() as device, pytest.raises(DeviceError, match="disk is full") as caught:
        device.store(tmp_path / "model", SILENT)
    assert "cache" in str(caught.value.hint)
    assert list((tmp_path / "cache" / "store").iterdir()) == []


def test_a_missing_adb_is_listed_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Path:
        raise DeviceError("no adb was found")

    monkeypatch.setattr(registry, "find_adb", fail)
    here, adb = list_devices()
    assert here.uri == "local"
    assert here.info is not None
    assert adb.state == "error"
    assert adb.problem is not None


def test_a_lock_can_be_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TFLITEKIT_CACHE", str(tmp_path))
    first = LocalDevice()
    first.__enter__()
    with pytest.raises(DeviceError, match="in use by process"):
        LocalDevice(patience=0.0).__enter__()
    ending = threading.Timer(0.5, first.__exit__)
    ending.start()
    with LocalDevice(patience=30.0):
        assert not ending.is_alive()
