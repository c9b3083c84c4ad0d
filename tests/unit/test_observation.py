"""What is understood of what devices tell of their state."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.device_texts import (
    ANDROID_9,
    ANDROID_14,
    MAKER_WITH_MORE_WORDS,
    REFUSES_EVERYTHING,
    SET_TOP_BOX,
)
from tflitekit.devices.adb_state import observation_in, observation_script
from tflitekit.devices.local_state import is_virtual_machine, observe_local
from tflitekit.devices.observation import Battery, Observation, cores_in


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_phone_tells_everything() -> None:
    seen = observation_in(ANDROID_14)
    assert seen.online == tuple(range(8))
    assert set(seen.governors.values()) == {"sched_pixel"}
    assert seen.drivers[0] == "cpufreq-dt"
    assert seen.capacities == {**dict.fromkeys(range(4), 160), 4: 498, 5: 498, 6: 1024, 7: 1024}
    assert (seen.current_khz[6], seen.limit_khz[6], seen.most_khz[6]) == (
        1_425_000,
        2_401_000,
        2_850_000,
    )
    assert seen.load == 2.31
    assert seen.thermal_status == 1
    assert seen.battery == Battery(78, 31.2, True)
    assert seen.fixed_performance is None


def test_processor_time_counts_guests_once_and_steal_as_busy() -> None:
    seen = observation_in(ANDROID_14)
    assert seen.busy_s == pytest.approx((1200 + 300 + 500 + 20 + 30 + 50) / 100)
    assert seen.idle_s == pytest.approx(91.0)


def test_sensors_that_are_off_or_no_thermometers_are_left_out() -> None:
    """And what is measured now comes before what the service remembers."""
    assert observation_in(ANDROID_14).temperatures_c == {"VIRTUAL-SKIN": 39.203, "BIG": 61.0}


def test_other_words_of_a_maker() -> None:
    seen = observation_in(MAKER_WITH_MORE_WORDS)
    assert seen.temperatures_c == {"TYPE_SKIN": 25.3}
    assert seen.battery == Battery(90, 28.4, False)
    assert seen.fixed_performance is True


def test_without_a_thermal_service_the_kernel_is_read() -> None:
    seen = observation_in(ANDROID_9)
    assert seen.thermal_status is None
    assert seen.temperatures_c == {"cpu-0-0": 46.1, "battery": 40.0}
    assert seen.battery == Battery(24, 40.1, False)
    assert seen.online == (0, 1, 2, 3, 6)


@pytest.mark.parametrize("text", ["", "garbage\n", REFUSES_EVERYTHING])
def test_a_device_that_refuses_is_no_error(text: str) -> None:
    assert observation_in(text) == Observation()


def test_what_makes_no_sense_is_left_out() -> None:
    assert observation_in(SET_TOP_BOX) == Observation(online=(0, 1, 2, 3))


@given(st.text())
def test_any_text_is_understood_or_ignored(text: str) -> None:
    observation_in(f"== tflitekit thermal\n{text}")
    observation_in(f"== tflitekit battery\n{text}")
    observation_in(f"== tflitekit files\n/sys/devices/system/cpu/online:{text}\n/proc/stat:{text}")


@pytest.mark.parametrize(
    ("ranges", "cores"),
    [
        ("0-3,6\n", (0, 1, 2, 3, 6)),
        ("0", (0,)),
        ("", ()),
        ("0-", ()),
        ("a", ()),
        ("2,0-2", (0, 1, 2)),
    ],
)
def test_cores_in_the_kernels_form(ranges: str, cores: tuple[int, ...]) -> None:
    assert cores_in(ranges) == cores


def test_the_question_is_one_quiet_call() -> None:
    script = observation_script()
    assert script.startswith("exec 2>/dev/null </dev/null\n")
    assert script.count("dumpsys") == 2


def test_this_machine_is_read_from_its_files(tmp_path: Path) -> None:
    cpu = "sys/devices/system/cpu"
    root = write(
        tmp_path,
        {
            f"{cpu}/online": "0-1\n",
            f"{cpu}/cpu1/cpufreq/scaling_governor": "powersave\n",
            f"{cpu}/cpu1/cpufreq/scaling_driver": "intel_pstate\n",
            f"{cpu}/cpufreq/policy0/scaling_governor": "other\n",
            "sys/class/thermal/thermal_zone0/type": "x86_pkg_temp\n",
            "sys/class/thermal/thermal_zone0/temp": "51000\n",
            "sys/class/power_supply/AC/type": "Mains\n",
            "sys/class/power_supply/BAT0/type": "Battery\n",
            "sys/class/power_supply/BAT0/capacity": "81\n",
            "sys/class/power_supply/BAT0/status": "Not charging\n",
            "proc/stat": "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3 4\n",
            "proc/loadavg": "0.52 0.1 0.1 1/2 3\n",
        },
    )
    seen = observe_local(root)
    assert seen.governors == {1: "powersave"}
    assert seen.drivers == {1: "intel_pstate"}
    assert seen.online == (0, 1)
    assert (seen.busy_s, seen.idle_s, seen.load) == (2.0, 8.0, 0.52)
    assert seen.temperatures_c == {"x86_pkg_temp": 51.0}
    assert seen.battery == Battery(81, None, False)


def test_this_machine_now() -> None:
    seen = observe_local()
    assert seen.online
    assert seen.busy_s
    assert observe_local().busy_s >= seen.busy_s  # type: ignore[operator]


@pytest.mark.parametrize(
    ("files", "virtual"),
    [
        ({"proc/cpuinfo": "processor: 0\nflags\t\t: fpu hypervisor sse\n"}, True),
        ({"proc/cpuinfo": "processor: 0\nflags\t\t: fpu sse\n"}, False),
        ({"sys/class/dmi/id/sys_vendor": "QEMU\n"}, True),
        ({"sys/class/dmi/id/sys_vendor": "LENOVO\n"}, False),
        ({"sys/class/dmi/id/sys_vendor": "Amazon EC2\n"}, True),
        (
            {
                "sys/class/dmi/id/sys_vendor": "Amazon EC2\n",
                "sys/class/dmi/id/product_name": "c7g.metal\n",
            },
            False,
        ),
        ({"proc/device-tree/hypervisor/compatible": "linux,kvm\0"}, True),
        ({}, False),
    ],
)
def test_virtual_machines(tmp_path: Path, files: dict[str, str], virtual: bool) -> None:
    assert is_virtual_machine(write(tmp_path, files)) is virtual
