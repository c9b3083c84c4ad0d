"""Every condition fires on a device that shows it, also where it comes in the middle of a run."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.device.conftest import Shown, StartDouble, sound
from tests.fakes.adb_faults import FEATURES, SHELL_V2, SOUND, Faults
from tflitekit.bench.conditions import TAGS, conditions_of
from tflitekit.bench.records import Repeat
from tflitekit.devices.base import Device
from tflitekit.devices.registry import open_device
from tflitekit.errors import DeviceError
from tflitekit.runtime.protocol import RunRecord
from tflitekit.runtime.run_record import ClockRecord
from tools.virtual_device import DeviceState

pytestmark = pytest.mark.device

_TIMEOUT = 30.0
SPIN_US = 1000.0


@pytest.fixture
def state(tmp_path: Path) -> DeviceState:
    (tmp_path / "state").mkdir()
    return DeviceState(tmp_path / "state")


@pytest.fixture(params=["shown_amd64", "shown_arm64", "double"])
def shown(
    request: pytest.FixtureRequest, state: DeviceState, start_double: StartDouble
) -> Iterator[Shown]:
    if request.param == "double":
        yield Shown(start_double(SOUND, state), state)
    else:
        found: Shown = request.getfixturevalue(request.param)  # skips where there can be none
        with sound(found):
            yield found


def record_of(device: Device, samples: tuple[float, ...], slower: float) -> RunRecord:
    cores = device.observe().online
    clocks = (
        ClockRecord("before", SPIN_US, cores, cores),
        ClockRecord("after", SPIN_US * slower, cores, cores),
    )
    steady = {"steady": True, "runs": 9}
    return RunRecord(
        "", (), "", cores=cores, samples_us=samples, warmup=steady, clocks=clocks, cpu_us=0.0
    )


def tags(
    shown: Shown,
    meanwhile: Callable[[DeviceState], object] = lambda state: None,
    samples: tuple[float, ...] = (100.0,) * 60,
    slower: float = 1.0,
    seconds: float = 0.0,
) -> set[str]:
    """The tags of one run, in the middle of which the device's state changes."""
    with open_device(shown.uri) as device, device.run_folder() as folder:
        record = record_of(device, samples, slower)
        before = device.observe()
        argv = ["sh", "-c", f"echo started; sleep {seconds}; echo ended"]
        for line in device.run(argv, folder=folder, timeout=_TIMEOUT):
            if line == "started":
                meanwhile(shown.state)
        after = device.observe()
        found = conditions_of(device.info, [Repeat(record, before, after)])
    # This machine is shared: what others do meanwhile is shown by the test of load alone.
    return {one.tag for one in found} - {"BACKGROUND_LOAD"}


def test_a_sound_device(shown: Shown) -> None:
    assert tags(shown) == {"EMULATOR"}


IN_MID_RUN: dict[str, tuple[Callable[[DeviceState], object], set[str]]] = {
    "hot": (lambda state: state.thermal(1), {"HOT"}),
    "throttled": (lambda state: state.thermal(3), {"HOT", "THROTTLED"}),
    "a warm battery": (lambda state: state.battery(temperature_c=41), {"HOT"}),
    "a clock that falls": (lambda state: state.clocks(limit_khz=1_500_000), {"THROTTLED"}),
    "a low battery": (lambda state: state.battery(level=14), {"LOW_BATTERY"}),
    "plugged in": (lambda state: state.battery(charging=True), {"CHARGING"}),
    "another governor": (lambda state: state.clocks("performance", cores=[0]), {"GOVERNOR"}),
    "a processor off": (lambda state: state.online("0"), {"CORES_CHANGED"}),
    "no thermal service": (lambda state: state.without("thermalservice"), set()),
}


@pytest.mark.parametrize("name", IN_MID_RUN)
def test_what_comes_in_mid_run(shown: Shown, name: str) -> None:
    change, expected = IN_MID_RUN[name]
    assert tags(shown, change) == {"EMULATOR"} | expected


def test_a_slow_governor_all_the_while(shown: Shown) -> None:
    shown.state.clocks("powersave")
    assert tags(shown) == {"EMULATOR", "GOVERNOR"}


def test_what_the_runner_tells(shown: Shown) -> None:
    tail = (100.0,) * 50 + (200.0,) * 10
    assert tags(shown, slower=1.2, samples=tail) == {"EMULATOR", "THROTTLED", "NOISY"}


def test_every_tag_fires_on_a_device() -> None:
    here = {"EMULATOR", "GOVERNOR", "NOISY", "THROTTLED"}
    fired = here | {tag for _, expected in IN_MID_RUN.values() for tag in expected}
    elsewhere = {"VIRTUAL", "UNSTEADY", "FEW_SAMPLES", "BACKGROUND_LOAD", "UNTESTED_RUNTIME"}
    assert fired | elsewhere == set(TAGS)


def _spin() -> None:
    while True:
        pass


@contextmanager
def _busy() -> Iterator[None]:
    other = multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
    other.start()
    time.sleep(1)  # it has to start Python first
    try:
        yield
    finally:
        other.kill()
        other.join()


def test_load_of_others(shown: Shown) -> None:
    """The virtual devices' /proc/stat is this machine's."""
    with _busy(), open_device(shown.uri) as device, device.run_folder() as folder:
        record = record_of(device, (100.0,) * 60, 1.0)
        before = device.observe()
        list(device.run(["sleep", "2"], folder=folder, timeout=_TIMEOUT))
        repeat = Repeat(record, before, device.observe())
        found = {one.tag for one in conditions_of(device.info, [repeat])}
    assert "BACKGROUND_LOAD" in found


def test_load_of_others_in_short_starts(shown: Shown) -> None:
    with _busy(), open_device(shown.uri) as device, device.run_folder() as folder:
        record = record_of(device, (100.0,) * 60, 1.0)
        repeats, before = [], device.observe()
        for _ in range(10):
            list(device.run(["sleep", "0.1"], folder=folder, timeout=_TIMEOUT))
            after = device.observe()
            repeats.append(Repeat(record, before, after))
            before = after
        found = {one.tag for one in conditions_of(device.info, repeats)}
    assert "BACKGROUND_LOAD" in found


@pytest.mark.alone
def test_an_observation_is_quick(shown: Shown) -> None:
    with open_device(shown.uri) as device:
        times = []
        for _ in range(10):
            started = time.monotonic()
            device.observe()
            times.append(time.monotonic() - started)
        emulated = device.info.abi == "arm64-v8a"
    assert min(times) < (1.0 if emulated else 0.15)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_fixed_performance_is_set_and_restored(shown: Shown) -> None:
    with open_device(shown.uri) as device:
        with device.fixed_performance() as fixed:
            assert fixed
            assert shown.state.fixed_performance
            assert device.observe().fixed_performance is True
        assert not shown.state.fixed_performance
        assert device.observe().fixed_performance is None
    assert shown.state.fixed_performance_calls == ["true", "false"]


def test_fixed_performance_of_a_device_without_it(shown: Shown) -> None:
    shown.state.without_fixed_performance()
    with open_device(shown.uri) as device, device.fixed_performance() as fixed:
        assert not fixed
        assert device.observe().fixed_performance is None
    assert shown.state.fixed_performance_calls == []


def test_fixed_performance_is_left_alone_unless_asked_for(shown: Shown) -> None:
    with open_device(shown.uri), open_device("local"):
        pass
    assert shown.state.fixed_performance_calls == []


_HOLDS = """
import signal, sys, time
from tflitekit.devices.registry import open_device
signal.signal(signal.SIGINT, signal.default_int_handler)
with open_device(sys.argv[1]) as device, device.fixed_performance():
    print("fixed", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_fixed_performance_ends_with_a_tool_that_dies(shown: Shown, how: signal.Signals) -> None:
    command = [sys.executable, "-c", _HOLDS, shown.uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tool:
        assert tool.stdout is not None
        assert tool.stdout.readline() == b"fixed\n"
        assert shown.state.fixed_performance
        tool.send_signal(how)
        tool.wait(timeout=20)
    wait_until(lambda: not shown.state.fixed_performance)


def test_fixed_performance_ends_with_a_connection(
    start_double: StartDouble, state: DeviceState
) -> None:
    serial = start_double(Faults(drop_at="break now"), state)
    with (
        open_device(f"adb:{serial}") as device,
        pytest.raises(DeviceError),
        device.fixed_performance(),
    ):
        assert state.fixed_performance
        with device.run_folder() as folder:
            list(device.run(["echo", "break now"], folder=folder, timeout=_TIMEOUT))
    wait_until(lambda: not state.fixed_performance)


def test_fixed_performance_without_shell_v2(start_double: StartDouble, state: DeviceState) -> None:
    serial = start_double(Faults(features=FEATURES - {SHELL_V2}), state)
    with open_device(f"adb:{serial}") as device, device.fixed_performance() as fixed:
        assert fixed
        assert state.fixed_performance
    assert not state.fixed_performance


def test_fixed_performance_after_a_restart_of_the_device(
    start_double: StartDouble, state: DeviceState
) -> None:
    """Whatever kept the holder of the lock from restoring it, the next run does."""
    serial = start_double(SOUND, state)
    with open_device(f"adb:{serial}") as device, device.run_folder() as folder:
        note = "echo on >../../fixed-performance"
        list(device.run(["sh", "-c", note], folder=folder, timeout=_TIMEOUT))
    assert state.fixed_performance_calls == ["false"]
