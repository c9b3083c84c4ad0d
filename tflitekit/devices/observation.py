"""What a device says of its state at one moment. Texts in, facts out; nothing here reads a file.

Every Android version and maker tells other things, in other words, or refuses. What is not told,
or cannot be understood, is None or left out: it is no error, for the runs can do without.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CPU = "/sys/devices/system/cpu"

PROCESSOR_FILES = (
    f"{CPU}/online",
    f"{CPU}/cpu[0-9]*/cpu_capacity",
    *(
        f"{CPU}/cpu[0-9]*/cpufreq/{name}"
        for name in (
            *("scaling_governor", "scaling_driver"),
            *("scaling_cur_freq", "scaling_max_freq", "cpuinfo_max_freq"),
        )
    ),
    "/proc/stat",
    "/proc/loadavg",
)
"""Patterns of the files of which `observation_of` reads the first lines."""

ZONE_FILES = (
    "/sys/class/thermal/thermal_zone[0-9]*/type",
    "/sys/class/thermal/thermal_zone[0-9]*/temp",
)
"""The kernel's own thermometers, for a device without a thermal service."""

BATTERY_FILES = tuple(
    f"/sys/class/power_supply/*/{name}" for name in ("type", "capacity", "status", "temp")
)
"""The kernel's own account of a battery, for a device without a battery service."""

_TICKS_PER_SECOND = 100
"""Of /proc/stat: USER_HZ, which is 100 on every architecture that we build for."""


@dataclass(frozen=True)
class Battery:
    """A battery.

    Attributes:
        level: per cent of its capacity.
        temperature_c: in degrees Celsius.
        charging: whether it takes charge; being plugged in, or full, is not charging.
    """

    level: float | None = None
    temperature_c: float | None = None
    charging: bool | None = None


@dataclass(frozen=True)
class Observation:
    """The state of a device at one moment; None or empty where it does not tell.

    Attributes:
        governors, drivers: of the clock of each processor, by its number.
        current_khz, limit_khz, most_khz: its clock, what is allowed now (scaling_max_freq), and
            what the hardware can do (cpuinfo_max_freq).
        capacities: how much each processor gets done, 1024 for the strongest (cpu_capacity).
        online: the processors that are in use.
        busy_s, idle_s: what all processors together worked and waited since the system started.
        load: runnable processes, as an average over the last minute.
        thermal_status: 0 (none) to 6 (shutdown), as `PowerManager.THERMAL_STATUS_*`.
        temperatures_c: by the maker's names of the sensors.
        battery: None where there is none.
        fixed_performance: whether the mode is on; Android tells nobody, so it is known only
            where this tool has set it.
    """

    governors: Mapping[int, str] = field(default_factory=dict)
    drivers: Mapping[int, str] = field(default_factory=dict)
    current_khz: Mapping[int, int] = field(default_factory=dict)
    limit_khz: Mapping[int, int] = field(default_factory=dict)
    most_khz: Mapping[int, int] = field(default_factory=dict)
    capacities: Mapping[int, int] = field(default_factory=dict)
    online: tuple[int, ...] = ()
    busy_s: float | None = None
    idle_s: float | None = None
    load: float | None = None
    thermal_status: int | None = None
    temperatures_c: Mapping[str, float] = field(default_factory=dict)
    battery: Battery | None = None
    fixed_performance: bool | None = None


def observation_of(
    files: Mapping[str, str],
    *,
    thermal_service: str = "",
    battery_service: str = "",
    fixed_performance: bool | None = None,
) -> Observation:
    """What texts of a device tell.

    Args:
        files: first lines of files that could be read, by path: those of `PROCESSOR_FILES`,
            `ZONE_FILES` and `BATTERY_FILES`.
        thermal_service: the output of `dumpsys thermalservice`.
        battery_service: the output of `dumpsys battery`.
        fixed_performance: what the device notes of that mode.
    """
    busy_s, idle_s = _processor_seconds(files.get("/proc/stat", ""))
    return Observation(
        governors=_by_cpu(files, "cpufreq/scaling_governor"),
        drivers=_by_cpu(files, "cpufreq/scaling_driver"),
        current_khz=_numbers(_by_cpu(files, "cpufreq/scaling_cur_freq")),
        limit_khz=_numbers(_by_cpu(files, "cpufreq/scaling_max_freq")),
        most_khz=_numbers(_by_cpu(files, "cpufreq/cpuinfo_max_freq")),
        capacities=_numbers(_by_cpu(files, "cpu_capacity")),
        online=cores_in(files.get(f"{CPU}/online", "")),
        busy_s=busy_s,
        idle_s=idle_s,
        load=_first_number(files.get("/proc/loadavg", "")),
        thermal_status=_thermal_status(thermal_service),
        temperatures_c=_service_temperatures(thermal_service) or _zone_temperatures(files),
        battery=_battery_of_service(battery_service) or _battery_of_files(files),
        fixed_performance=fixed_performance,
    )


def files_in(lines: Iterable[str]) -> dict[str, str]:
    """Lines of `path:text`, as `grep -H` prints them, by path; others are skipped."""
    parts = (line.strip().partition(":") for line in lines if line.startswith("/"))
    return {path: text for path, _, text in parts}


_RANGE = re.compile(r"(?P<first>\d{1,4})(-(?P<last>\d{1,4}))?", re.ASCII)


def cores_in(ranges: str) -> tuple[int, ...]:
    """The processors in the kernel's list format, such as "0-3,6"; none for another text."""
    found = [_RANGE.fullmatch(part) for part in ranges.strip().split(",")]
    if None in found:
        return ()
    spans = (range(int(one["first"]), int(one["last"] or one["first"]) + 1) for one in found if one)
    return tuple(sorted({core for span in spans for core in span}))


_CPU_PATH = re.compile(rf"{CPU}/cpu(?P<cpu>\d+)/(?P<rest>.+)", re.ASCII)


def _by_cpu(files: Mapping[str, str], name: str) -> dict[int, str]:
    """The contents of a file that each processor has, by its number."""
    found = ((_CPU_PATH.fullmatch(path), text.strip()) for path, text in files.items())
    return dict(sorted((int(m["cpu"]), text) for m, text in found if m and m["rest"] == name))


def _numbers(texts: Mapping[int, str]) -> dict[int, int]:
    return {key: int(text) for key, text in texts.items() if _is_count(text)}


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()


_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def _first_number(text: str) -> float | None:
    found = _NUMBER.match(text.strip())
    return float(found[0]) if found else None


def _processor_seconds(stat: str) -> tuple[float | None, float | None]:
    """Busy and idle time of all processors in the first line of /proc/stat; see proc(5).

    Guest time is part of user time already. What a hypervisor gave to others (steal) counts as
    busy: it was not there for us.
    """
    words = stat.split()
    if len(words) < 5 or words[0] != "cpu" or not all(map(_is_count, words[1:])):
        return None, None
    ticks = [int(word) for word in words[1:9]]
    idle = ticks[3] + (ticks[4] if len(ticks) > 4 else 0)
    return (sum(ticks) - idle) / _TICKS_PER_SECOND, idle / _TICKS_PER_SECOND


_STATUS = re.compile(r"^\s*Thermal Status:\s*([0-6])\s*$", re.MULTILINE)


def _thermal_status(service: str) -> int | None:
    found = _STATUS.search(service)
    return int(found[1]) if found else None


_TEMPERATURE = re.compile(
    r"Temperature\s*\{\s*mValue=(?P<value>[^,]+),\s*mType=(?P<type>-?\d+),\s*mName=(?P<name>[^,}]+)"
)
_CURRENT = "Current temperatures from HAL"
_NO_THERMOMETERS = ("6", "7", "8")
"""Types of the thermal HAL 2.0 for a battery's voltage, current and percentage."""


def _service_temperatures(service: str) -> dict[str, float]:
    """What the sensors show now; what the service remembers where they are not listed."""
    _, _, current = service.partition(_CURRENT)
    for text in (current, service):
        found = {
            match["name"].strip(): _first_number(match["value"])
            for match in _TEMPERATURE.finditer(text)
            if match["type"] not in _NO_THERMOMETERS
        }
        if found:
            return _plausible(found)
    return {}


def _plausible(temperatures: Mapping[str, float | None] | Mapping[str, float]) -> dict[str, float]:
    """Without what stands for a sensor that is off, such as -99.9, -273 or NaN."""
    return {
        name: value
        for name, value in temperatures.items()
        if value is not None and math.isfinite(value) and -40 < value < 150
    }


def _zone_temperatures(files: Mapping[str, str]) -> dict[str, float]:
    """The kernel gives thousandths of a degree; drivers of some makers give degrees."""
    found: dict[str, float] = {}
    for path, text in files.items():
        value = _first_number(text)
        if path.startswith("/sys/class/thermal/") and path.endswith("/temp") and value is not None:
            folder = path.removesuffix("/temp")
            name = files.get(f"{folder}/type", folder.rpartition("/")[2])
            degrees = value / 1000 if abs(value) >= 1000 else value
            found[name] = max(degrees, found.get(name, degrees))
    return _plausible(found)


_CHARGING = {"2": True, "3": False, "4": False, "5": False}
"""`BatteryManager.BATTERY_STATUS_*`: charging, discharging, not charging, full; 1 is unknown."""


def _battery_of_service(service: str) -> Battery | None:
    facts: dict[str, str] = {}
    for line in service.splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    level, scale = (_first_number(facts.get(name, "")) for name in ("level", "scale"))
    if facts.get("present") == "false" or level is None:
        return None
    return Battery(
        level=100 * level / scale if scale else level,
        temperature_c=_from_tenths(facts.get("temperature", "")),
        charging=_CHARGING.get(facts.get("status", "")[:1]),
    )


def _from_tenths(text: str) -> float | None:
    """Tenths of a degree, as Android and the kernel give them; a fraction means whole degrees."""
    value = _first_number(text)
    return value if value is None or "." in text else value / 10


_SUPPLY = "/sys/class/power_supply/"
_CHARGING_WORDS = {"Charging": True, "Discharging": False, "Not charging": False, "Full": False}


def _battery_of_files(files: Mapping[str, str]) -> Battery | None:
    folders = {path.rpartition("/")[0] for path in files if path.startswith(_SUPPLY)}
    for folder in sorted(folders):
        if files.get(f"{folder}/type") == "Battery" and f"{folder}/capacity" in files:
            return Battery(
                level=_first_number(files[f"{folder}/capacity"]),
                temperature_c=_from_tenths(files.get(f"{folder}/temp", "")),
                charging=_CHARGING_WORDS.get(files.get(f"{folder}/status", "")),
            )
    return None
