"""A model in Google's Model Explorer: artifact -> device -> profile -> overlays -> browser."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tflitekit import explorer
from tflitekit.bench.profile import measure_profile
from tflitekit.devices.registry import open_device
from tflitekit.errors import RunError, UsageError
from tflitekit.graph import Model
from tflitekit.pipeline.subjects import read_file
from tflitekit.progress import Progress
from tflitekit.report.node_data import counted_data, latency_data
from tflitekit.runtime.session import open_session

PACKAGE = "ai-edge-model-explorer"
PORT = 8080
"""Or the next free one, as Model Explorer finds it."""

_PATIENCE_S = 5


@dataclass(frozen=True)
class ExploreRequest:
    """What to show.

    Attributes:
        model: a flatbuffer.
        device: the URI of a device that tells the time of each op; None for no times.
        node_data: more overlays, such as `diagnose --node-data` writes.
        port: of the server, on this machine alone.
    """

    model: Path
    device: str | None
    node_data: Sequence[Path]
    port: int


def explore(request: ExploreRequest, progress: Progress) -> None:
    """Measure what the overlays show, and serve the model until Ctrl-C.

    Raises:
        UsageError: Model Explorer is not installed, or there is no such overlay.
        ModelError: the model cannot be read.
        DeviceError: the device is not available.
        RunError: a run failed, or Model Explorer did.
    """
    _require_explorer()
    model = read_file(request.model)
    for path in request.node_data:
        if not path.is_file():
            raise UsageError("there is no such file", where=str(path))
    with tempfile.TemporaryDirectory() as folder:
        overlays = _written(request, model, Path(folder), progress)
        progress.step("Model Explorer; Ctrl-C ends it")
        _serve(request, [*overlays, *request.node_data])


def _require_explorer() -> None:
    if importlib.util.find_spec("model_explorer") is None:
        raise UsageError(
            "Model Explorer is not installed",
            where="--explore",
            hint=f"pip install {PACKAGE}",
        )


def _written(request: ExploreRequest, model: Model, folder: Path, progress: Progress) -> list[Path]:
    overlays = counted_data(model)
    if request.device is not None:
        progress.step(f"Profiling {request.model.name}")
        with open_session(open_device(request.device), progress) as session:
            profile = measure_profile(session, request.model, model)
        overlays = {"latency": latency_data(model, profile), **overlays}
    paths = [folder / f"{name}.json" for name in overlays]
    for path, overlay in zip(paths, overlays.values(), strict=True):
        path.write_text(json.dumps(overlay), encoding="utf-8")
    return paths


def _serve(request: ExploreRequest, overlays: Sequence[Path]) -> None:
    files = [str(path.absolute()) for path in (request.model, *overlays)]
    command = [sys.executable, "-m", explorer.__name__, str(request.port), *files]
    # Its lines are no result.
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr) as server:
        try:
            status = server.wait()
        except KeyboardInterrupt:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(_PATIENCE_S)
            server.kill()
            return
    if status != 0:
        raise RunError("Model Explorer failed; its words are above", where=str(request.model))
