"""One device, made ready once, on which models are run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tflitekit.devices.base import Device
from tflitekit.errors import RunError
from tflitekit.progress import Progress
from tflitekit.runtime.accelerator import CPU
from tflitekit.runtime.bundle import Bundle, make_bundle
from tflitekit.runtime.choice import TESTED, RuntimeChoice
from tflitekit.runtime.protocol import RecordReader, RunRecord, RunSpec

_GRACE_S = 120.0
_LITERT = "ERROR: "
"""How LiteRT marks its errors on stderr."""

_EVALUATION_TIMEOUT_S = 24 * 3600.0


@dataclass(frozen=True)
class Session:
    """A device that holds the runner.

    Attributes:
        device: connected and locked by the caller.
        bundle: what was sent.
        folder: where on the device it is.
    """

    device: Device
    bundle: Bundle
    folder: str
    progress: Progress

    def run(
        self,
        spec: RunSpec,
        model: Path | str | None = None,
        inputs: Mapping[str, Path] | None = None,
        outputs: Path | None = None,
        on_progress: Callable[[int], None] = lambda done: None,
    ) -> RunRecord:
        """Start the runner once.

        Args:
            model: the flatbuffer, which the device keeps by its content; or, as text, where it
                keeps it, or the name of one of `inputs`, which goes with the run; None for a mode
                that needs none.
            inputs: local files by their plain names in the run folder, such as "in0.bin".
            outputs: a local folder that gets the files that the mode leaves, `spec.result_files`.

        Raises:
            DeviceError: the device went away, or is full.
            RunError: the runner failed; it names the reason.
        """
        words = [f"build={self.bundle.build}", f"library={self.bundle.library(self.folder)}"]
        if self.bundle.accelerator != CPU and model is not None:
            words.append(f"accelerator={self.bundle.accelerator}")
        if model is not None:
            kept = self.device.store(model, self.progress) if isinstance(model, Path) else model
            words.append(f"model={kept}")
        with self.device.run_folder() as folder:
            for name, path in (inputs or {}).items():
                self.device.push(path, f"{folder}/{name}", self.progress)
            record = self._start([*words, *spec.words()], folder, _timeout_s(spec), on_progress)
            if outputs is not None:
                for name in spec.result_files(len(record.outputs)):
                    self.device.pull(f"{folder}/{name}", outputs / name, self.progress)
        return record

    def _start(
        self, words: list[str], folder: str, timeout: float, on_progress: Callable[[int], None]
    ) -> RunRecord:
        reader = RecordReader(on_progress)
        argv = [*self.bundle.command(self.folder), *words]
        try:
            env = self.bundle.environment(self.folder)
            reader.feed_all(self.device.run(argv, folder=folder, env=env, timeout=timeout))
            return reader.record()
        except RunError as error:
            raise _explained(error, reader, self.device.info.uri) from error


@contextmanager
def open_session(
    device: Device, progress: Progress, choice: RuntimeChoice = TESTED
) -> Iterator[Session]:
    """Connect to `device`, lock it, and put the runner on it.

    Args:
        choice: what the user wants to be used in place of what was tested.

    Raises:
        DeviceError, RunError, UsageError: as `Device` and `make_bundle`.
    """
    with device:
        bundle = make_bundle(device.info, progress, choice)
        yield Session(device, bundle, device.store_folder(bundle.files, progress), progress)


@contextmanager
def scratch() -> Iterator[Path]:
    """A local folder for input and output files, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as folder:
        yield Path(folder)


def _timeout_s(spec: RunSpec) -> float:
    if spec.mode in ("run", "eval", "calibrate"):
        return _EVALUATION_TIMEOUT_S
    return _GRACE_S + 5 * (spec.warmup_seconds + spec.max_seconds)


def _explained(error: RunError, reader: RecordReader, uri: str) -> RunError:
    """The runner's reason says more than the status it ended with, and LiteRT's log more yet."""
    log = error.log.splitlines()
    said = [line.removeprefix(_LITERT) for line in log if line.startswith(_LITERT)]
    if not reader.error:
        what = "; ".join([error.what, *(said or log[-1:])])
    else:
        what = "; ".join([f"the runner failed ({reader.error})", *dict.fromkeys(said)])
    return RunError(what, where=uri, hint=error.hint, log=error.log)
