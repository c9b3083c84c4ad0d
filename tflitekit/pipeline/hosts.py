"""Which machines devices are attached to, and what measures a cell there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tflitekit.devices.registry import DeviceEntry, list_devices
from tflitekit.errors import DeviceError
from tflitekit.progress import Progress

ALL = "all"
"""As `--device`: everything usable."""


class Hosts(Protocol):
    """This machine, or the nodes of a cluster; the next one is a class and an option of `bench`.

    Attributes:
        job: what measures a cell, for a `child.Worker` here: it takes `request`, a `BenchRequest`
            as JSON, and gives `report.bench_json`.
        arguments: what else the job takes.
    """

    job: str
    arguments: Mapping[str, Any]

    def check(self, asked: Mapping[str, Any]) -> None:
        """Refuse a request, a `BenchRequest` as JSON, that can be measured on no device.

        Raises:
            ToolkitError: why.
        """

    def listed(self, progress: Progress) -> list[DeviceEntry]:
        """Every device, in any state, under the name that `devices` takes.

        Raises:
            ToolkitError: they cannot be asked for.
        """

    def devices(self, wanted: Sequence[str], progress: Progress) -> list[str]:
        """The devices that are meant, each once.

        Raises:
            DeviceError: there is none for `ALL`.
            ToolkitError: they cannot be asked for, or a name is not clear.
        """


class ThisHost:
    """This machine, and every device that its adb knows."""

    job = "tflitekit.pipeline.matrix_cell:measure"
    arguments: Mapping[str, Any] = {}

    def check(self, asked: Mapping[str, Any]) -> None:
        """Nothing: a request names what is here."""

    def listed(self, progress: Progress) -> list[DeviceEntry]:
        return list_devices()

    def devices(self, wanted: Sequence[str], progress: Progress) -> list[str]:
        found: list[str] = []
        for uri in wanted:
            found += usable(list_devices(), progress) if uri == ALL else [uri]
        return list(dict.fromkeys(found))


def usable(entries: Sequence[DeviceEntry], progress: Progress) -> list[str]:
    """What `ALL` means; the others are warned of.

    Raises:
        DeviceError: there is none.
    """
    for entry in entries:
        if entry.problem is not None:
            progress.warn(f"{entry.uri} is left out: {entry.problem}")
    found = [entry.uri for entry in entries if entry.problem is None]
    if not found:
        raise DeviceError("there is none that can be used", where=f"--device {ALL}")
    return found
