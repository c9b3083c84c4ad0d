"""What runs on a node of a Ray cluster, as tasks."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tflitekit.child import Worker
from tflitekit.child.call import Event, error_event
from tflitekit.devices.registry import list_devices
from tflitekit.errors import OutputError, ToolkitError
from tflitekit.files import cache_root
from tflitekit.pipeline.hosts import ThisHost
from tflitekit.pipeline.parcel import as_given, moved, unpack
from tflitekit.pipeline.ray_store import Joined
from tflitekit.report.device_table import device_json
from tflitekit.runtime.locks import exclusive

_INTERVAL_S = 0.5
"""How often a bar moves at most: each event is an object of Ray's."""


def devices() -> list[dict[str, Any]]:
    """This node's devices, as `report.device_table` has them in JSON."""
    return [device_json(entry) for entry in list_devices()]


def measure(
    asked: Mapping[str, Any], names: Mapping[str, str], pieces: Sequence[Any]
) -> Iterator[Event]:
    """Measure a cell in a child process.

    Args:
        asked: a `BenchRequest` as JSON, whose files are those of another machine.
        names: theirs in the parcel.
        pieces: references to the parcel's bytes.

    Yields:
        What the job tells, and its answer; files are named as in `asked`.
    """
    import ray

    try:
        with own_folder(cache_root() / "sent") as folder:
            unpack(Joined(pieces, ray.get), folder)
            for event in sparse(_events(moved(asked, names, folder), folder)):
                yield as_given(event, names, folder)
    except ToolkitError as error:
        yield error_event(error)


def _events(asked: Mapping[str, Any], folder: Path) -> Iterator[Event]:
    with Worker(fix_addresses=False, folder=folder) as worker:
        try:
            doing = f"measuring on {asked['device']}"
            yield from worker.events(ThisHost.job, doing=doing, request=asked)
        except ToolkitError as error:
            yield error_event(error)


def sparse(events: Iterable[Event], clock: Callable[[], float] = time.monotonic) -> Iterator[Event]:
    """The same events with fewer steps of bars, each as much larger."""
    waiting: dict[int, int] = {}
    last = -_INTERVAL_S
    for event in events:
        if event["event"] == "advance":
            number = event["number"]
            waiting[number] = waiting.get(number, 0) + event["done"]
            if clock() - last < _INTERVAL_S:
                continue
            last = clock()
        for number, done in waiting.items():
            yield {"event": "advance", "number": number, "done": done}
        waiting.clear()
        if event["event"] != "advance":
            yield event


@contextmanager
def own_folder(root: Path) -> Iterator[Path]:
    """A fresh folder in `root` for the block; those whose processes were killed go before.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        with exclusive(root / ".lock"):
            _sweep(root)
            folder = Path(tempfile.mkdtemp(dir=root))
            lock = _locked(folder)
    except OSError as error:
        raise OutputError(f"cannot be made ({error.strerror})", where=str(root)) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(root: Path) -> None:
    for folder in root.glob("[!.]*"):
        try:
            lock = _locked(folder)
        except BlockingIOError:
            continue  # its process lives
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(folder: Path) -> int:
    """A descriptor with the folder's lock, which goes with the process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor
