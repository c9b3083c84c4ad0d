"""What a virtual device shows of its state: files in a folder, which may change while it runs.

`dumpsys` and `cmd` on the device answer from them, and its processors are a tree of files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tflitekit.devices.observation import cores_in

_HOST = Path("/sys/devices/system/cpu")
_LISTS = ("possible", "present", "online", "kernel_max")
_LACKS_FIXED_PERFORMANCE, _FIXED_PERFORMANCE_LOG = "no_fixed_performance", "fixed_performance"
_OF_EACH = ("cpu_capacity", "topology/*", "cache/index*/*")

_THERMAL = """\
IsStatusOverride: false
Thermal Status: {status}
HAL Ready: true
Current temperatures from HAL:
{sensors}
Current cooling devices from HAL:
"""

_BATTERY = """\
Current Battery Service state:
  AC powered: false
  USB powered: true
  status: {status}
  health: 2
  present: true
  level: {level}
  scale: 100
  voltage: 4180
  temperature: {temperature}
  technology: Li-ion
"""


class DeviceState:
    """The state of one device; it starts as one that nothing can be said against.

    Args:
        folder: an empty folder, which the device sees.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processors = folder / "cpu"
        (folder / "services").mkdir()
        _copy_processors(self.processors)
        self.reset()

    def reset(self) -> None:
        """Show again what it showed at first."""
        self.thermal()
        self.battery()
        self.clocks(governor="schedutil", most_khz=2_000_000, limit_khz=2_000_000)
        self.online((_HOST / "online").read_text().strip())
        for name in (_LACKS_FIXED_PERFORMANCE, _FIXED_PERFORMANCE_LOG):
            (self.folder / name).unlink(missing_ok=True)

    @property
    def cores(self) -> tuple[int, ...]:
        """The processors of the device."""
        return cores_in((self.processors / "present").read_text())

    def thermal(self, status: int = 0, temperatures_c: Mapping[str, float] | None = None) -> None:
        """What the thermal service says.

        Args:
            status: 0 to 6.
            temperatures_c: by sensor.
        """
        sensors = "\n".join(
            f"\tTemperature{{mValue={value}, mType=3, mName={name}, mStatus={status}}}"
            for name, value in (temperatures_c or {"VIRTUAL-SKIN": 31.5}).items()
        )
        self._write("services/thermalservice", _THERMAL.format(status=status, sensors=sensors))

    def battery(self, level: int = 80, temperature_c: float = 30.0, charging: bool = False) -> None:
        """What the battery service says; the level in per cent."""
        facts = {"status": 2 if charging else 4, "temperature": round(temperature_c * 10)}
        self._write("services/battery", _BATTERY.format(level=level, **facts))

    def clocks(
        self,
        governor: str | None = None,
        limit_khz: int | None = None,
        most_khz: int | None = None,
        cores: Iterable[int] | None = None,
    ) -> None:
        """What cpufreq says of some processors, or of all; None leaves it."""
        values = {
            "scaling_governor": governor,
            "scaling_max_freq": limit_khz,
            "scaling_cur_freq": limit_khz,
            "cpuinfo_max_freq": most_khz,
        }
        for core in self.cores if cores is None else cores:
            for name, value in values.items():
                if value is not None:
                    self._write(f"cpu/cpu{core}/cpufreq/{name}", f"{value}\n")

    def online(self, ranges: str) -> None:
        """Which processors are in use, such as "0-3"."""
        self._write("cpu/online", f"{ranges}\n")

    def without(self, service: str) -> None:
        """A device that lacks a service."""
        (self.folder / "services" / service).unlink()

    def without_fixed_performance(self) -> None:
        """A device that lacks the mode."""
        self._write(_LACKS_FIXED_PERFORMANCE, "")

    @property
    def fixed_performance(self) -> bool:
        """Whether the mode is on."""
        return self.fixed_performance_calls[-1:] == ["true"]

    @property
    def fixed_performance_calls(self) -> list[str]:
        """What the mode was set to, in order."""
        log = self.folder / _FIXED_PERFORMANCE_LOG
        return log.read_text().split() if log.exists() else []

    def _write(self, name: str, text: str) -> None:
        """At once: the device may be reading."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(text)
        part.replace(path)


def _copy_processors(folder: Path) -> None:
    """What programs read to know the processors that they really run on."""
    folder.mkdir()
    for name in _LISTS:
        shutil.copyfile(_HOST / name, folder / name)
    for cpu in _HOST.glob("cpu[0-9]*"):
        for source in (path for pattern in _OF_EACH for path in cpu.glob(pattern)):
            target = folder / source.relative_to(_HOST)
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_file() and os.access(source, os.R_OK):
                target.write_bytes(source.read_bytes())
