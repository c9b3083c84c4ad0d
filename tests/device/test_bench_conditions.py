"""What comes in the middle of `tflitekit bench` is told with its numbers, or ends it clearly."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import tflitekit
from tests.device.conftest import Shown, sound
from tests.fakes.table_model import table_model
from tflitekit.devices.local_state import is_virtual_machine
from tools.virtual_device import DeviceState, virtual_device

pytestmark = [pytest.mark.device, pytest.mark.build]

_TIMEOUT = 120
_FEW = ("--repeats", "5")
_TIMING = "Timing"
_START = "from tflitekit.cli import main; main()"


@pytest.fixture
def shown(shown_amd64: Shown) -> Iterator[Shown]:
    with sound(shown_amd64):
        yield shown_amd64


def bench(
    serial: str, folder: Path, meanwhile: Callable[[], object], *words: str
) -> subprocess.CompletedProcess[str]:
    """A bench during which something happens half a second after the timing has begun."""
    model = folder / "model.tflite"
    model.write_bytes(table_model())
    command = ("bench", str(model), "--device", f"adb:{serial}", "--seconds", "2", *_FEW, *words)
    out = folder / "stdout"
    told: list[str] = []
    with (
        out.open("w") as stdout,
        subprocess.Popen(
            [sys.executable, "-c", _START, *command],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        ) as tool,
    ):
        assert tool.stderr is not None
        for line in tool.stderr:
            if _TIMING in line and not any(_TIMING in one for one in told):
                threading.Timer(0.5, meanwhile).start()
            told.append(line)
        status = tool.wait(_TIMEOUT)
    return subprocess.CompletedProcess(command, status, out.read_text(), "".join(told))


def tags(done: subprocess.CompletedProcess[str]) -> set[str]:
    """The tags in a bench's JSON; 8 is the status of numbers that conditions void."""
    assert done.returncode in (0, 8), done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)["results"]
    return {warning["tag"] for one in results for warning in one["warnings"]}


def test_a_governor_that_changes(shown: Shown, tmp_path: Path) -> None:
    done = bench(shown.serial, tmp_path, lambda: shown.state.clocks("performance"), "--json")
    assert {"EMULATOR", "GOVERNOR"} <= tags(done)


def test_a_phone_that_gets_hot(shown: Shown, tmp_path: Path) -> None:
    done = bench(shown.serial, tmp_path, lambda: shown.state.thermal(2), "--json")
    assert {"EMULATOR", "HOT", "THROTTLED"} <= tags(done)


def test_fixed_performance_is_on_meanwhile(shown: Shown, tmp_path: Path) -> None:
    seen, state = [], shown.state
    done = bench(shown.serial, tmp_path, lambda: seen.append(state.fixed_performance), "--json")
    assert "EMULATOR" in tags(done)
    assert seen == [True]
    assert state.fixed_performance_calls == ["true", "false"]


def test_a_device_that_goes(adb_server: Path, virtual_amd64: str, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    state = DeviceState(tmp_path / "state")
    with virtual_device("x86_64", state=state) as serial:
        kill = [str(adb_server), "-s", serial, "shell", "kill -9 $(pidof adbd)"]
        done = bench(serial, tmp_path, lambda: subprocess.run(kill, timeout=_TIMEOUT))
        assert done.returncode == 5, done.stderr
        assert "connection to it was lost" in done.stderr
        assert "Traceback" not in done.stderr
        assert not state.fixed_performance


def test_a_device_that_is_full(virtual_amd64: str, tmp_path: Path) -> None:
    with virtual_device("x86_64", data_size="4m") as small:
        done = bench(small, tmp_path, lambda: None)
    assert done.returncode == 5
    assert "storage is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_this_machine_may_be_virtual(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(table_model())
    done = tflitekit("bench", tmp_path / "model.tflite", "--seconds", "0.2", "--json")
    assert ("VIRTUAL" in tags(done)) == is_virtual_machine()
    assert "EMULATOR" not in tags(done)
