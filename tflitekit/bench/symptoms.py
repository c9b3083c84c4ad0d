"""What the observations and records of a benchmark show of what disturbed it.

Each function gives what was seen, for a reader, or None. What a device does not tell shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from tflitekit.devices.base import DeviceInfo
from tflitekit.devices.observation import Battery, Observation
from tflitekit.runtime.app_runtime import Runtime
from tflitekit.runtime.run_record import ClockRecord

if TYPE_CHECKING:  # records hold conditions, which are found here
    from tflitekit.bench.records import Repeat

SLOWER = 1.10
"""How much longer a fixed piece of work may take; androidx.benchmark's ThrottleDetector has it."""

LIGHT, MODERATE = 1, 2
"""PowerManager.THERMAL_STATUS_LIGHT and _MODERATE: the first promises that nobody feels it."""

HOT_BATTERY_C = 40.0
"""The skin of Pixel phones counts as LIGHT from 39 °C (their thermal_info_config.json); the battery
stands for it where there is no thermal service."""

LOW_BATTERY_LEVEL = 25.0
"""Per cent: androidx.benchmark's MINIMUM_BATTERY_PERCENT. Below, phones switch big cores off."""

SLOW_GOVERNORS = ("conservative", "powersave", "userspace")
"""Governors of cpufreq that hold a clock below what the load asks for (kernel: cpufreq.rst)."""

GOVERNING_DRIVERS = ("intel_pstate", "amd-pstate-epp", "amd_pstate_epp")
"""Drivers whose "powersave" follows the load, as schedutil does elsewhere (intel_pstate.rst)."""

BACKGROUND_SHARE = 0.10
"""Of the time of all processors: our own choice; a run on all of them slows down by as much."""

BACKGROUND_LEAST_S = 0.2
"""What looking at a device takes, and a few ticks of /proc/stat (10 ms each), are below this."""

LOOK_S = 0.03
"""Of each repeat of many: looking at a device and starting a process."""

NOISY_TAIL = 1.25
"""p90 over the median: our own choice; a tenth of the runs then took a quarter longer."""

FEW_SAMPLES = 30
"""Below, p90 is one of the three largest samples."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Evidence:
    """A benchmark of one model.

    Attributes:
        device: where it ran.
        repeats: its cold starts, each with the state of the device before and after.
        threads: that compute.
        cores: the processors that were asked for; empty for any.
        runtime: the LiteRT library that ran it; None where nobody tells.
    """

    device: DeviceInfo
    repeats: tuple[Repeat, ...]
    threads: int = 1
    cores: tuple[int, ...] = ()
    runtime: Runtime | None = None

    @property
    def observations(self) -> Iterator[Observation]:
        """Each that was made, in the order of time."""
        for repeat in self.repeats:
            yield from (repeat.before, repeat.after)

    @property
    def clocks(self) -> list[ClockRecord]:
        """What the runner told of the processor's speed, in the order of time."""
        return [clock for repeat in self.repeats for clock in repeat.record.clocks]

    @property
    def batteries(self) -> list[Battery]:
        """The battery each time that it was told of."""
        return [seen.battery for seen in self.observations if seen.battery is not None]

    @property
    def used(self) -> tuple[int, ...]:
        """The processors that could run it; empty where that is not known."""
        return tuple(sorted({core for repeat in self.repeats for core in repeat.record.cores}))


def emulator(evidence: Evidence) -> str | None:
    """An emulated processor has other instructions that are slow."""
    return "it is an emulator or a virtual Android device" if evidence.device.emulator else None


def virtual(evidence: Evidence) -> str | None:
    """A hypervisor may give processor time to others, and seldom shows clocks and heat."""
    return "it is a virtual machine" if evidence.device.virtual else None


def throttled(evidence: Evidence) -> str | None:
    """A processor that got slower, or was told to."""
    return _slowed(evidence) or _status(evidence, MODERATE) or _limited(evidence)


def hot(evidence: Evidence) -> str | None:
    """A device that is about to throttle."""
    told_c = [one.temperature_c for one in evidence.batteries if one.temperature_c is not None]
    warmest = max(told_c, default=0.0)
    told = f"its battery had {warmest:.1f} °C" if warmest >= HOT_BATTERY_C else None
    return _status(evidence, LIGHT) or told


def low_battery(evidence: Evidence) -> str | None:
    """A battery that the system saves."""
    levels = [one.level for one in evidence.batteries if one.level is not None]
    least = min(levels, default=100.0)
    return f"its battery was at {least:.0f} %" if least < LOW_BATTERY_LEVEL else None


def charging(evidence: Evidence) -> str | None:
    """Charging heats; being plugged in does not."""
    told = any(battery.charging for battery in evidence.batteries)
    return "its battery was charging" if told else None


def governor(evidence: Evidence) -> str | None:
    """A rule for the clock that changed, or that is known to hold it low."""
    cores = sorted({core for seen in evidence.observations for core in seen.governors})
    for core in cores:
        names = _distinct(seen.governors.get(core) for seen in evidence.observations)
        if len(names) > 1:
            return f"the governor of processor {core} changed: {', then '.join(names)}"
    for core in _of_interest(evidence, cores):
        for seen in evidence.observations:
            name, driver = seen.governors.get(core), seen.drivers.get(core)
            if name in SLOW_GOVERNORS and driver not in GOVERNING_DRIVERS:
                return f"the governor of processor {core} is {name}"
    return None


def cores_changed(evidence: Evidence) -> str | None:
    """Processors that came or went, or other ones than were asked for."""
    online = _distinct(seen.online or None for seen in evidence.observations)
    if len(online) > 1:
        return f"the processors in use changed: {', then '.join(map(_listed, online))}"
    allowed = _distinct(repeat.record.cores or None for repeat in evidence.repeats)
    allowed = _distinct([*allowed, *(clock.cores or None for clock in evidence.clocks)])
    if len(allowed) > 1:
        return f"it could run on processors {', then on '.join(map(_listed, allowed))}"
    ran = {core for clock in evidence.clocks for core in clock.ran_on}
    elsewhere = sorted((ran | set(*allowed[:1])) - set(evidence.cores)) if evidence.cores else []
    if elsewhere:
        return f"it ran on {_listed(elsewhere)}, not only on {_listed(evidence.cores)}"
    return None


def background_load(evidence: Evidence) -> str | None:
    """Processor time that others had while it ran, in one repeat or in all together.

    What a look at the device takes hides a load in a single short repeat, but not in many.
    """
    told = [_load(repeat, evidence.threads) for repeat in evidence.repeats]
    loads = [load for load in told if load is not None]
    found = [(load, "one repeat") for load in loads] + [(_together(loads), f"{len(loads)} repeats")]
    shown = [(load, where) for load, where in found if load.others_s >= BACKGROUND_LEAST_S]
    most, where = max(shown, key=lambda one: one[0].share, default=(_Load(), ""))
    if most.share <= BACKGROUND_SHARE:
        return None
    return (
        f"other processes had {most.share:.0%} of the processors ({most.others_s:.1f} s in {where})"
    )


def noisy(evidence: Evidence) -> str | None:
    """A long tail, whatever it comes from: the median over the repeats of p90 by median."""
    samples = [repeat.record.samples_us for repeat in evidence.repeats]
    tails = [np.percentile(us, 90) / np.median(us) for us in samples if len(us) >= 10]
    tail = float(np.median(tails)) if tails else 1.0
    return f"p90 is {tail:.2f} times the median" if tail > NOISY_TAIL else None


def unsteady(evidence: Evidence) -> str | None:
    """A warm-up that was given up."""
    told = [repeat.record.warmup for repeat in evidence.repeats if repeat.record.warmup]
    count = sum(not warmup["steady"] for warmup in told)
    return f"after {count} of {len(told)} warm-ups the time still changed" if count else None


def few_samples(evidence: Evidence) -> str | None:
    """Too few to say something of a tail."""
    count = sum(len(repeat.record.samples_us) for repeat in evidence.repeats)
    return f"there are {count} samples only" if count < FEW_SAMPLES else None


def untested_runtime(evidence: Evidence) -> str | None:
    """A library that is not the one that the toolkit was tested with."""
    return None if evidence.runtime is None else untested(evidence.runtime)


def untested(runtime: Runtime) -> str | None:
    """Which library it is, where it is not the tested one."""
    if runtime.tested:
        return None
    version = f"version {runtime.version}" if runtime.version else "version unknown"
    told = f"{runtime.source} has a LiteRT ({version}, SHA-256 {runtime.sha256[:16]})"
    return f"{told} that the toolkit was not tested with"


def _slowed(evidence: Evidence) -> str | None:
    spins = [clock.spin_us for clock in evidence.clocks]
    if not spins or max(spins) <= SLOWER * min(spins):
        return None
    return f"the processor was up to {max(spins) / min(spins) - 1:.0%} slower than at its best"


def _status(evidence: Evidence, least: int) -> str | None:
    status = max(seen.thermal_status or 0 for seen in evidence.observations)
    return f"its thermal status was {status} of 6" if status >= least else None


def _limited(evidence: Evidence) -> str | None:
    """A clock whose limit fell, or is below what the hardware can do.

    Fixed-performance mode is such a limit, and meant: then only a fall counts.
    """
    seen = list(evidence.observations)
    for core in _of_interest(evidence, sorted({core for one in seen for core in one.limit_khz})):
        limits = [one.limit_khz[core] for one in seen if core in one.limit_khz]
        fixed = any(one.fixed_performance for one in seen)
        most = limits[0] if fixed else max(one.most_khz.get(core, 0) for one in seen)
        if min(limits) < max(most, *limits):
            best = max(most, *limits)
            return f"processor {core} was limited to {min(limits) / best:.0%} of its clock"
    return None


@dataclass(frozen=True)
class _Load:
    """Seconds of all processors: what others had of them, and how many there were."""

    others_s: float = 0.0
    whole_s: float = 0.0

    @property
    def share(self) -> float:
        return self.others_s / self.whole_s if self.whole_s else 0.0


def _load(repeat: Repeat, threads: int) -> _Load | None:
    """Of one repeat; None where the device does not tell."""
    busy = _gone(repeat, lambda seen: seen.busy_s)
    idle = _gone(repeat, lambda seen: seen.idle_s)
    processors = len(repeat.after.online)
    if busy is None or idle is None or not processors or busy + idle <= 0:
        return None
    wall_s, told = (busy + idle) / processors, repeat.record.cpu_us
    own_s = threads * wall_s if told is None else told / 1e6
    return _Load(busy - own_s, busy + idle)


def _together(loads: Sequence[_Load]) -> _Load:
    """Of all repeats, without what each of them needs besides the run."""
    others_s = sum(load.others_s - LOOK_S for load in loads)
    return _Load(others_s, sum(load.whole_s for load in loads))


def _gone(repeat: Repeat, read: Callable[[Observation], float | None]) -> float | None:
    before, after = read(repeat.before), read(repeat.after)
    return None if before is None or after is None else after - before


def _of_interest(evidence: Evidence, cores: Iterable[int]) -> list[int]:
    """Those of `cores` that could run it; all where that is not known."""
    used = evidence.used
    return [core for core in cores if not used or core in used]


def _distinct(values: Iterable[_T | None]) -> list[_T]:
    """In the order of their first appearance."""
    return list(dict.fromkeys(value for value in values if value is not None))


def _listed(cores: Iterable[int]) -> str:
    return ",".join(map(str, cores)) or "none"
