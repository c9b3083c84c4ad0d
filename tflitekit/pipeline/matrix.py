"""Many devices: models x devices x threads, each device by itself, all at the same time.

Each device has a child process of its own, so that what ends one ends no other. A cell is what one
device measures with one number of threads: all models, which take turns. Finished cells are kept in
a folder where one is named, and are not measured again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tflitekit import __version__, files
from tflitekit.bench.cell import Cell
from tflitekit.child import Worker
from tflitekit.errors import OutputError, ToolkitError, UsageError
from tflitekit.pipeline.hosts import Hosts, ThisHost
from tflitekit.pipeline.requests import BenchRequest
from tflitekit.pipeline.subjects import read_file
from tflitekit.progress import Labelled, Progress


@dataclass(frozen=True)
class MatrixRequest:
    """What a matrix is asked for.

    Attributes:
        base: what every cell has in common; its device and threads are not looked at.
        devices: names as `hosts` knows them, or `ALL` among them.
        threads: numbers of threads.
        folder: where finished cells are kept; None for nowhere.
        hosts: what the devices are attached to.
    """

    base: BenchRequest
    devices: Sequence[str]
    threads: Sequence[int]
    folder: Path | None = None
    hosts: Hosts = field(default_factory=ThisHost)


def run_matrix(request: MatrixRequest, progress: Progress) -> list[Cell]:
    """Measure every cell; one that fails is told and loses no other.

    Returns:
        The cells, device by device in the order of the request.

    Raises:
        UsageError: choices contradict each other, or cannot be measured on these hosts.
        ModelError: a model cannot be read.
        DeviceError: `ALL` found none.
        OutputError: the folder cannot be written.
    """
    _check(request)
    devices = request.hosts.devices(request.devices, progress)
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(fix_addresses=False)) for _ in devices]
        with ThreadPoolExecutor(len(devices)) as threads:
            waiting = [
                threads.submit(_measure_device, request, device, worker, progress)
                for device, worker in zip(devices, workers, strict=True)
            ]
            try:
                return [cell for one in waiting for cell in one.result()]
            except BaseException:
                for one, worker in zip(waiting, workers, strict=True):
                    one.cancel()
                    worker.interrupt()
                raise


def _check(request: MatrixRequest) -> None:
    base = request.base
    base.check()
    if base.selftest:
        raise UsageError("is for one device and one number of threads", where="--selftest")
    for path in base.models:
        read_file(path)
    request.hosts.check(_as_json(base))
    if request.folder is not None:
        _make(request.folder)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be made ({error.strerror})", where=str(folder)) from error


def _measure_device(
    request: MatrixRequest, device: str, worker: Worker, progress: Progress
) -> list[Cell]:
    told = Labelled(progress, device)
    return [_cell(request, Cell(device, count), worker, told) for count in request.threads]


def _cell(request: MatrixRequest, cell: Cell, worker: Worker, progress: Progress) -> Cell:
    asked = _as_json(replace(request.base, device=cell.device, threads=cell.threads))
    kept = request.folder / f"{_key(asked)}.json" if request.folder else None
    if kept is not None and kept.is_file():
        progress.note(f"threads: {cell.threads}: taken from {kept}")
        return replace(cell, report=json.loads(kept.read_text()), reused=True)
    doing = f"measuring on {cell.device}"
    try:
        hosts = request.hosts
        report = worker.call(hosts.job, progress, doing=doing, request=asked, **hosts.arguments)
    except ToolkitError as error:
        progress.warn(str(error))
        return replace(cell, error=error.as_dict())
    if kept is not None:
        files.write_whole(kept, json.dumps(report).encode())
    return replace(cell, report=report)


def _as_json(request: BenchRequest) -> dict[str, Any]:
    return dict(json.loads(json.dumps(asdict(request), default=str)))


def _key(asked: Mapping[str, Any]) -> str:
    """Of everything that a cell depends on; models by what is in them."""
    models = [files.sha256_file(Path(path)) for path in asked["models"]]
    whole = {**asked, "models": models, "allow": None, "version": __version__}
    return files.sha256_bytes(json.dumps(whole, sort_keys=True).encode())[:32]
