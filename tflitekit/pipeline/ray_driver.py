"""Jobs of a child process that is a driver of a Ray cluster.

Ray prints to stdout, and ends its process when the cluster's head is lost: so this is no matter
of the main process. A task is bound to a node, takes no share of its processors, and is not tried
again. Ending the child ends its tasks.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tflitekit import __version__
from tflitekit.child.brief import brief
from tflitekit.child.call import Call
from tflitekit.errors import DeviceError, ToolkitError, UsageError
from tflitekit.pipeline import ray_node
from tflitekit.pipeline.cluster import SEPARATOR
from tflitekit.pipeline.parcel import Parcel, parcel_of
from tflitekit.pipeline.ray_store import put_parcel
from tflitekit.progress import Progress

_CONNECT_S = 10.0
_ASK_S = 90.0
"""How long a node may take to start a process and to ask its devices."""

_LOOK_S = 10.0
"""How often the head is looked at while nothing is told."""


def measure(progress: Progress, *, request: Mapping[str, Any], address: str) -> dict[str, Any]:
    """The child's job: a cell, on the node that its device's name begins with.

    Raises:
        ToolkitError: what the node found; a `DeviceError` where it is not there, went away or has
            another version of tflitekit.
    """
    device = request["device"]
    name, separator, uri = device.partition(SEPARATOR)
    if not separator:
        raise DeviceError("no node of the cluster has it", where=device)
    ray = _connected(address)
    _look_at_head(address)
    node = _node_named(name, device)
    with _lost(device):
        found = ray.get(_task(_version_task(), node).remote(), timeout=_ASK_S)
    _check_version(found, device)
    parcel = parcel_of(request)
    pieces = _put(tuple(parcel.members.items()))
    task = _task(ray_node.measure, node, num_returns="streaming")
    with _lost(device), Call(progress) as call:
        told = task.remote({**request, "device": uri}, dict(parcel.names), pieces)
        while ready := _next(told, address):
            call.take(ray.get(ready))
    return dict(call.answer())


def list_nodes(progress: Progress, *, address: str) -> list[dict[str, Any]]:
    """The child's job: every node by name, with its devices, or the problem that it has.

    Returns:
        For each: name, problem (None, or as `ToolkitError.as_dict`), and devices, as
        `report.device_table.device_json`.
    """
    _connected(address)
    nodes = _nodes()
    problems: dict[str, ToolkitError] = {}
    for name, version in _ask(nodes, _version_task(), problems).items():
        try:
            _check_version(version, name)
        except DeviceError as error:
            problems[name] = error
    sound = {name: node for name, node in nodes.items() if name not in problems}
    devices = _ask(sound, ray_node.devices, problems)
    return [
        {
            "name": name,
            "problem": problems[name].as_dict() if name in problems else None,
            "devices": devices.get(name, []),
        }
        for name in nodes
    ]


def names_of(nodes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The ids of the nodes that are alive, by name, as `ray.nodes()` tells them.

    A name is what `ray start --node-name` said, else the host's; where two have the same one, the
    beginning of its id is added.
    """
    alive = [node for node in nodes if node["Alive"]]
    short = [_name(node) for node in alive]
    full = [
        name if short.count(name) == 1 else f"{name}-{node['NodeID'][:8]}"
        for name, node in zip(short, alive, strict=True)
    ]
    return {name: str(node["NodeID"]) for name, node in sorted(zip(full, alive, strict=True))}


def _name(node: Mapping[str, Any]) -> str:
    chosen = node["NodeName"] not in ("", node["NodeManagerAddress"])
    return str(node["NodeName"] if chosen else node["NodeManagerHostname"])


@cache
def _connected(address: str) -> Any:
    """Ray, connected."""
    where = f"--cluster {address}"
    try:
        import ray
    except ImportError as error:
        hint = "pip install 'tflitekit[lab]'"
        raise UsageError("needs Ray, which is not installed", where=where, hint=hint) from error
    _look_at_head(address)  # Ray itself would try for minutes
    _look_at_service(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise DeviceError(
            f"the cluster cannot be joined ({brief(error)})",
            where=where,
            hint="Is this machine a node of it? `ray start --address` makes it one",
        ) from error
    return ray


def _look_at_head(address: str) -> None:
    """Ends a wait for a head that is lost: without one, Ray ends this process after a minute.

    Raises:
        DeviceError: it is not there.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), _CONNECT_S).close()
    except OSError as error:
        raise DeviceError(
            f"the head of the cluster does not answer ({error.strerror or error})",
            where=f"--cluster {address}",
        ) from error


def _look_at_service(address: str) -> None:
    """Ends the wait for a head where something else listens.

    Raises:
        DeviceError: it speaks no gRPC, as a head does.
    """
    import grpc

    if os.environ.get("RAY_USE_TLS") == "1":  # then only Ray has the keys
        return
    with grpc.insecure_channel(address, [("grpc.enable_http_proxy", 0)]) as channel:
        try:
            grpc.channel_ready_future(channel).result(_CONNECT_S)
        except grpc.FutureTimeoutError as error:
            raise DeviceError(
                "what listens there is not the head of a cluster",
                where=f"--cluster {address}",
                hint="`ray start --head` prints its HOST:PORT; the dashboard has another port",
            ) from error


def _next(stream: Any, address: str) -> Any:
    """A reference to what a task tells next; None at its end."""
    import ray

    while not ray.wait([stream], timeout=_LOOK_S)[0]:
        _look_at_head(address)
    return next(stream, None)


def _nodes() -> dict[str, str]:
    import ray

    return names_of(ray.nodes())


def _node_named(name: str, device: str) -> str:
    nodes = _nodes()
    if name not in nodes:
        there = ", ".join(nodes)
        raise DeviceError("there is no such node", where=device, hint=f"There are: {there}")
    return nodes[name]


def _task(function: Callable[..., Any], node: str, **options: Any) -> Any:
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    bound = NodeAffinitySchedulingStrategy(node, soft=False)
    return ray.remote(function).options(
        num_cpus=0, max_retries=0, scheduling_strategy=bound, **options
    )


def _ask(
    nodes: Mapping[str, str], function: Callable[[], Any], problems: dict[str, ToolkitError]
) -> dict[str, Any]:
    """What each node answers; who does not is in `problems`."""
    import ray

    asked = {name: _task(function, node).remote() for name, node in nodes.items()}
    if asked:
        ray.wait(list(asked.values()), num_returns=len(asked), timeout=_ASK_S)
    answers = {}
    for name, answer in asked.items():
        try:
            with _lost(name):
                answers[name] = ray.get(answer, timeout=0)
        except ToolkitError as error:
            problems[name] = error
    return answers


def _version_task() -> Callable[[], str | None]:
    """A task that also nodes without tflitekit, or with another one, can do.

    Ray sends a function in a function as code, and any other by its module's name.
    """

    def version() -> str | None:
        try:
            from tflitekit import __version__
        except ImportError:
            return None
        return __version__

    return version


def _check_version(found: str | None, where: str) -> None:
    if found != __version__:
        has = "has no tflitekit" if found is None else f"has tflitekit {found}"
        raise DeviceError(
            f"its node {has}, and this machine {__version__}",
            where=where,
            hint="Install the same version on all nodes",
        )


@cache
def _put(members: tuple[tuple[str, Path], ...]) -> list[Any]:
    """The pieces of a parcel, put into the store once for all cells."""
    return put_parcel(Parcel(dict(members)))


@contextmanager
def _lost(where: str) -> Iterator[None]:
    """Turns what Ray says of a task that did not end into our errors."""
    from ray.exceptions import GetTimeoutError, RayError, RayTaskError

    try:
        yield
    except RayTaskError as error:
        raise ToolkitError(
            brief(error.cause), where=where, hint="This is a bug in tflitekit; please report it"
        ) from error
    except GetTimeoutError as error:
        raise DeviceError(f"its node did not answer within {_ASK_S:g} s", where=where) from error
    except RayError as error:
        raise DeviceError(
            f"its node, or the process there, was lost ({type(error).__name__})", where=where
        ) from error
