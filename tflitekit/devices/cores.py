"""Which processors a run is bound to, by the device's own topology."""

from __future__ import annotations

from collections.abc import Mapping

from tflitekit.devices.observation import Observation, cores_in
from tflitekit.errors import UsageError

ALIKE = 1.10
"""Processors whose strengths differ by no more are of one kind; some of a kind clock higher."""

NAMES = ("all", "big", "little")
"""What `cores_named` knows besides numbers: little are the weakest kind, big all others."""


def cores_named(name: str, observation: Observation) -> tuple[int, ...]:
    """The processors that the option `--cores` names.

    Where all are of one kind, they are big and little at the same time.

    Args:
        name: one of `NAMES`, or numbers such as "4-7,0"; empty for no binding.
        observation: of the device; its `cpu_capacity` tells the kinds, else the clocks that the
            hardware can do.

    Returns:
        Their numbers in increasing order; empty for no binding.

    Raises:
        UsageError: `name` is neither, or names a processor that the device does not have.
    """
    if not name:
        return ()
    if name in NAMES:
        return _of_kind(name, observation)
    cores = cores_in(name)
    if not cores:
        known = ", ".join(NAMES)
        raise UsageError("names no processors", where=f"--cores {name}", hint=f"Use {known} or 4-7")
    missing = set(cores) - set(observation.online)
    if observation.online and missing:
        there = ",".join(map(str, observation.online))
        raise UsageError(
            f"the device has no processor {min(missing)} in use",
            where=f"--cores {name}",
            hint=f"It has {there}",
        )
    return cores


def _of_kind(name: str, observation: Observation) -> tuple[int, ...]:
    everyone = observation.online or tuple(sorted(_strengths(observation)))
    if not everyone:
        raise UsageError(
            "the device does not tell which processors it has",
            where=f"--cores {name}",
            hint="Name them by their numbers, such as 4-7",
        )
    strengths = {core: _strengths(observation).get(core, 0) for core in everyone}
    if name == "all" or 0 in strengths.values():
        return everyone
    weakest = min(strengths.values())
    little = tuple(core for core in everyone if strengths[core] <= ALIKE * weakest)
    big = tuple(core for core in everyone if core not in little)
    return little if name == "little" or not big else big


def _strengths(observation: Observation) -> Mapping[int, int]:
    return observation.capacities or observation.most_khz
