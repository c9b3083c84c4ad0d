"""A device that is lost in the middle of a matrix loses its own cells, and no other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.device.matrix import measure
from tests.fakes.table_model import table_model
from tests.ports import free_port
from tools.virtual_device import virtual_device

pytestmark = [pytest.mark.device, pytest.mark.build, pytest.mark.slow]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(table_model())
    return path


@pytest.fixture
def port() -> int:
    return free_port()


class Unpluggable:
    """A virtual device that can be taken away in mid-run."""

    def __init__(self, port: int) -> None:
        self._stack = ExitStack()
        self.uri = f"adb:{self._stack.enter_context(virtual_device('x86_64', port=port))}"

    def unplug(self, *_: object) -> None:
        self._stack.close()


@contextmanager
def plugged_in(port: int) -> Iterator[Unpluggable]:
    device = Unpluggable(port)
    try:
        yield device
    finally:
        device.unplug()


def test_a_device_that_is_unplugged(
    virtual_amd64: str, model: Path, port: int, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    with plugged_in(port) as device:
        uri = device.uri
        first = measure(model, folder, ["local", uri], at=uri, meanwhile=device.unplug)
    assert first.status == 5
    assert first.of("device") == ["local", "local", uri, uri]
    assert first.of("threads") == [1, 2, 1, 2]
    assert first.sound == [True, True, False, False], first.told
    lost = first.of("error")[2:]
    assert [(error["exit_code"], error["where"]) for error in lost] == [(5, uri)] * 2
    assert "2 of 4 cells failed" in first.told
    assert "Traceback" not in first.told
    assert len(list(folder.iterdir())) == 2

    with plugged_in(port):
        second = measure(model, folder, ["local", uri])
    assert second.status == 0, second.told
    assert second.sound == [True] * 4
    assert second.of("reused") == [True, True, False, False]
    assert second.of("report")[:2] == first.of("report")[:2]


def test_a_daemon_that_is_killed(
    adb_server: Path, virtual_amd64: str, model: Path, tmp_path: Path
) -> None:
    """The system starts it again, and the device's other cells wait for it."""
    uri, folder = f"adb:{virtual_amd64}", tmp_path / "results"

    def kill(_: object) -> None:
        killing = ("shell", "kill -9 $(pidof adbd)")
        os.spawnl(os.P_WAIT, str(adb_server), "adb", "-s", virtual_amd64, *killing)

    first = measure(model, folder, ["local", uri], at=uri, meanwhile=kill)
    assert first.status == 5
    assert first.sound == [True, True, False, True], first.told
    assert "1 of 4 cells failed" in first.told
    second = measure(model, folder, ["local", uri])
    assert second.status == 0, second.told
    assert second.of("reused") == [True, True, False, True]
