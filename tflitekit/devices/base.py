"""What every device can do. Adding one is a module that satisfies `Device` and one URI scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tflitekit.devices.observation import Observation
from tflitekit.progress import Progress


@dataclass(frozen=True)
class DeviceInfo:
    """What a device says of itself.

    Attributes:
        uri: how the command line names it: "local" or "adb:SERIAL".
        abi: an Android ABI name, "arm64-v8a" or "x86_64".
        model: the maker's name for it.
        emulator: whether it is an emulator or a virtual device of Android; this machine is none,
            also where it is a virtual machine, for its processor runs the instructions itself.
        os: "android" or "linux".
        release: the version of the system.
        cores: logical processors.
        virtual: whether it is a virtual machine, which shares its processors with others.
    """

    uri: str
    abi: str
    model: str
    emulator: bool
    os: str
    release: str
    cores: int
    virtual: bool = False


class Device(Protocol):
    """A machine that holds files by content and runs the runner.

    Entering the context connects and takes the device's lock, so that two benches never share
    it; leaving it releases both, whatever happened in between.
    """

    info: DeviceInfo

    def __enter__(self) -> Device: ...

    def __exit__(self, *reason: object) -> None: ...

    def store(self, source: Path, progress: Progress) -> str:
        """The device's path of a read-only copy of `source`, sent only if it is not there."""

    def store_folder(self, files: Mapping[str, Path], progress: Progress) -> str:
        """The device's path of a folder with `files` under the given plain names, executable."""

    def run_folder(self) -> AbstractContextManager[str]:
        """A fresh folder for one run, removed at the end, also when the run fails."""

    def run(
        self,
        argv: Sequence[str],
        *,
        folder: str,
        env: Mapping[str, str] | None = None,
        timeout: float,
    ) -> Iterator[str]:
        """Run `argv` in `folder` and yield the lines of its standard output as they come.

        Raises:
            DeviceError: the device went away.
            RunError: the command could not start, was killed, ended with a status other than
                0, or took longer than `timeout` seconds; it holds the last lines of stderr.
        """

    def push(self, source: Path, target: str, progress: Progress) -> None:
        """Copy a file to a path inside a run folder."""

    def pull(self, source: str, target: Path, progress: Progress) -> None:
        """Copy a file of the device to this machine."""

    def observe(self) -> Observation:
        """Its state at this moment; takes no longer than a call and leaves it as it was.

        Raises:
            DeviceError: the device went away.
        """

    def fixed_performance(self) -> AbstractContextManager[bool]:
        """Hold its clocks where they can stay for long, while the block runs.

        Gives whether the device has that mode. What is set here is restored at the end, also by
        the device itself when this process dies or the connection breaks.
        """
