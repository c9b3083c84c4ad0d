"""A lab: the devices of every node of a Ray cluster.

A device is `NODE/URI`, such as `lab-2/adb:SERIAL`. Here, each still has a child process of its own,
which is a driver of the cluster (`ray_driver`); what measures runs on the node (`ray_node`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tflitekit.child import Worker
from tflitekit.devices.base import DeviceInfo
from tflitekit.devices.registry import DeviceEntry
from tflitekit.errors import DeviceError, UsageError
from tflitekit.pipeline.hosts import ALL, Hosts, ThisHost, usable
from tflitekit.pipeline.parcel import parcel_of
from tflitekit.progress import Progress

SEPARATOR = "/"
"""Between a node's name and a device's URI."""

_LIST = "tflitekit.pipeline.ray_driver:list_nodes"


class Cluster:
    """The nodes of a Ray cluster, of which this machine is one.

    Args:
        address: "HOST:PORT" of its head.

    Raises:
        UsageError: the address is another thing.
    """

    job = "tflitekit.pipeline.ray_driver:measure"

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        if not host or "://" in host or not port.isdigit():
            raise UsageError(
                "is no HOST:PORT",
                where=f"--cluster {address}",
                hint="`ray start --head` prints it; this machine has to be a node, too",
            )
        self._address = address
        self.arguments: Mapping[str, Any] = {"address": address}

    def check(self, asked: Mapping[str, Any]) -> None:
        """Refuse what cannot be sent to another machine.

        Raises:
            UsageError: the metric or the data are code.
            DataError: there are no such data, or they lie outside their folder.
        """
        parcel_of(asked)

    def listed(self, progress: Progress) -> list[DeviceEntry]:
        """Every device of every node, as `NODE/URI`; a node with a problem is an entry, too.

        Raises:
            UsageError: Ray is not installed.
            DeviceError: the cluster does not answer.
        """
        doing = "looking for devices"
        progress.step(f"Looking for devices in the cluster at {self._address}")
        with Worker(fix_addresses=False) as worker:
            nodes = worker.call(_LIST, progress, doing=doing, address=self._address)
        return [entry for node in nodes for entry in entries_of(node)]

    def devices(self, wanted: Sequence[str], progress: Progress) -> list[str]:
        """The devices that are meant, as `NODE/URI`.

        Raises:
            UsageError: several nodes have a device of that name; or as `listed`.
            DeviceError: there is none for `ALL`; or as `listed`.
        """
        return choose(wanted, self.listed(progress), progress)


def hosts_at(address: str | None) -> Hosts:
    """The cluster of that address, or this machine.

    Raises:
        UsageError: as `Cluster`.
    """
    return ThisHost() if address is None else Cluster(address)


def entries_of(node: Mapping[str, Any]) -> list[DeviceEntry]:
    """A node's devices, of what `ray_driver.list_nodes` gives."""
    name, problem = node["name"], node["problem"]
    if problem is not None:
        return [DeviceEntry(name, "error", problem=_error(problem))]
    return [
        DeviceEntry(
            f"{name}{SEPARATOR}{device['uri']}",
            device["state"],
            device["info"] and DeviceInfo(**device["info"]),
            device["problem"] and _error(device["problem"]),
        )
        for device in node["devices"]
    ]


def _error(told: Mapping[str, Any]) -> DeviceError:
    return DeviceError(told["what"], where=told["where"], hint=told["hint"])


def choose(wanted: Sequence[str], entries: Sequence[DeviceEntry], progress: Progress) -> list[str]:
    """What names mean among the devices of a cluster.

    A name that no node has is warned of and stays as it is: it loses its own cells only.

    Raises:
        UsageError: several nodes have a device of that name.
        DeviceError: there is none for `ALL`.
    """
    found: list[str] = []
    for name in wanted:
        if name == ALL:
            found += usable(entries, progress)
        else:
            found.append(name if SEPARATOR in name else _full_name(name, entries, progress))
    return list(dict.fromkeys(found))


def _full_name(uri: str, entries: Sequence[DeviceEntry], progress: Progress) -> str:
    names = [entry.uri for entry in entries if entry.uri.partition(SEPARATOR)[2] == uri]
    if len(names) > 1:
        raise UsageError(
            f"several nodes have one: {', '.join(names)}",
            where=f"--device {uri}",
            hint="Name one of them",
        )
    if not names:
        there = ", ".join(entry.uri for entry in entries if entry.problem is None)
        progress.warn(f"{uri}: no node has this device. There are: {there or 'none'}")
    return names[0] if names else uri
