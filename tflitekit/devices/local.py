"""This machine as a device: a store by content in the cache, a lock, one folder a run."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

from tflitekit import files
from tflitekit.abi import ABIS, host_abi
from tflitekit.devices import local_guard
from tflitekit.devices.base import DeviceInfo
from tflitekit.devices.local_guard import sweep
from tflitekit.devices.local_state import is_virtual_machine, observe_local
from tflitekit.devices.names import check_plain, check_variable, folder_digest
from tflitekit.devices.observation import Observation
from tflitekit.devices.process import LineStream, run_failure
from tflitekit.errors import DeviceError
from tflitekit.progress import SILENT, Progress

URI = "local"

_READ_ONLY_PROGRAM = 0o555
_CHUNK = 1 << 20
_LOCK_INTERVAL_S = 0.2
_GUARD_TIMEOUT_S = 30.0
_CLEAN_UP_S = 2.0
"""What the guard of a killed tool may take, and with it the lock."""


class LocalDevice:
    """This machine, behind the `Device` protocol.

    Files lie under `cache_root()/store/<sha256>`. A name appears there only after its whole
    content was written, so a name with the right size is taken as present.

    Args:
        patience: seconds to wait for another process that has the lock.
        progress: told whom it waits for.
    """

    def __init__(self, patience: float = 0.0, progress: Progress = SILENT) -> None:
        self.info = local_info()
        self._patience = patience
        self._progress = progress
        self._root = files.cache_root()
        self._entered = ExitStack()

    def __enter__(self) -> LocalDevice:
        with ExitStack() as stack:
            lock = _locked(self._root / "local.lock", self._patience, self._progress)
            stack.enter_context(_guarded(self._root, stack.enter_context(lock)))
            sweep(self._root)
            for name in ("store", "folders", "runs"):
                (self._root / name).mkdir(exist_ok=True)
            self._entered = stack.pop_all()
        return self

    def __exit__(self, *reason: object) -> None:
        self._entered.close()

    def store(self, source: Path, progress: Progress) -> str:
        """As `Device.store`.

        Raises:
            DeviceError: `source` cannot be read or changed meanwhile, or the disk is full.
        """
        with _as_device_error(source):
            digest = files.sha256_file(source)
            target = self._root / "store" / digest
            if not target.is_file() or target.stat().st_size != source.stat().st_size:
                with _whole(target) as part:
                    if _copy(source, part, progress) != digest:
                        raise DeviceError("changed while it was copied", where=str(source))
                    part.chmod(_READ_ONLY_PROGRAM)
        return str(target)

    def store_folder(self, files: Mapping[str, Path], progress: Progress) -> str:
        """As `Device.store_folder`; raises as `store`."""
        for name in files:
            check_plain(name)
        stored = {name: Path(self.store(source, progress)) for name, source in files.items()}
        digest = folder_digest({name: path.name for name, path in stored.items()})
        target = self._root / "folders" / digest
        if not target.is_dir():
            with _as_device_error(target), _whole(target) as part:
                part.mkdir()
                for name, path in stored.items():
                    _link_or_copy(path, part / name)
        return str(target)

    @contextmanager
    def run_folder(self) -> Iterator[str]:
        """As `Device.run_folder`."""
        with tempfile.TemporaryDirectory(dir=self._root / "runs") as folder:
            yield folder

    def run(
        self,
        argv: Sequence[str],
        *,
        folder: str,
        env: Mapping[str, str] | None = None,
        timeout: float,
    ) -> Iterator[str]:
        """As `Device.run`: the process leads a group of its own, killed when this is left."""
        for name in env or {}:
            check_variable(name)
        surroundings = {**os.environ, **(env or {})}
        with LineStream(argv, cwd=Path(folder), env=surroundings, timeout=timeout) as lines:
            yield from lines
        failure = run_failure(argv, lines.ended, timeout)
        if failure is not None:
            raise failure

    def push(self, source: Path, target: str, progress: Progress) -> None:
        """As `Device.push`, by a link: samples can be many gigabytes, and runs only read them."""
        with _as_device_error(source):
            size = source.stat().st_size
            with progress.bar(f"copy {source.name}", size, "B") as advance:
                Path(target).symlink_to(source.resolve())
                advance(size)

    def pull(self, source: str, target: Path, progress: Progress) -> None:
        """As `Device.pull`; `target` appears whole or not at all.

        Raises:
            DeviceError: `source` cannot be read.
            OutputError: `target` cannot be written.
        """
        with _as_device_error(Path(source)), files.whole_file(target) as part:
            _copy(Path(source), part, progress)

    def observe(self) -> Observation:
        """As `Device.observe`."""
        return observe_local()

    @contextmanager
    def fixed_performance(self) -> Iterator[bool]:
        """As `Device.fixed_performance`: this machine's clocks are its owner's."""
        yield False


def local_info() -> DeviceInfo:
    """What this machine is.

    A virtual machine is named as such in `model`, and is no emulator: it runs the instructions
    on the processor itself.

    Raises:
        DeviceError: no runner can be built for its system or processor.
    """
    if platform.system() != "Linux":
        raise DeviceError(
            f"{platform.system()} is not supported",
            where=URI,
            hint=f"Use Linux on one of: {', '.join(ABIS)}",
        )
    return DeviceInfo(
        uri=URI,
        abi=host_abi().name,
        model=processor_name(Path("/proc/cpuinfo").read_text(errors="replace")),
        emulator=False,
        os="linux",
        release=platform.release(),
        cores=os.cpu_count() or 1,
        virtual=is_virtual_machine(),
    )


def processor_name(cpuinfo: str) -> str:
    """The processor's name out of the text of /proc/cpuinfo, and whether it is virtual.

    Args:
        cpuinfo: x86 gives "model name" and a "hypervisor" flag; ARM neither.
    """
    facts: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    name = facts.get("model name") or platform.machine()
    virtual = "hypervisor" in facts.get("flags", "").split()
    return f"{name} (virtual machine)" if virtual else name


@contextmanager
def _guarded(root: Path, lock: TextIO) -> Iterator[None]:
    """Have a process of its own clean up and give the lock back, also when this one is killed."""
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", local_guard.__file__, str(root), str(lock.fileno())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[lock.fileno()],
        cwd="/",
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            guard.wait(_GUARD_TIMEOUT_S)


@contextmanager
def _locked(path: Path, patience: float, progress: Progress) -> Iterator[TextIO]:
    """Hold an exclusive lock that the kernel drops when nobody has the file open any more."""
    with path.open("a+") as file:
        if not _try_lock(file):
            _wait_for(file, patience, progress)
        file.truncate(0)
        file.write(f"process {os.getpid()} since {datetime.now():%Y-%m-%d %H:%M:%S}\n")
        file.flush()
        yield file


def _wait_for(file: TextIO, patience: float, progress: Progress) -> None:
    file.seek(0)
    owner = file.read().strip() or "another process"
    deadline = time.monotonic() + max(patience, _CLEAN_UP_S)
    if patience > 0:
        progress.note(f"this machine is in use by {owner}: waiting for it")
    while not _try_lock(file):
        if time.monotonic() >= deadline:
            raise DeviceError(f"in use by {owner}", where=URI, hint="Wait until it has finished")
        time.sleep(_LOCK_INTERVAL_S)


def _try_lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A sibling of `target`, file or folder, that takes its name when the block ends well."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        part.unlink(missing_ok=True)


def _copy(source: Path, target: Path, progress: Progress) -> str:
    """Copy a file's content and return the SHA-256 of what was written."""
    digest = hashlib.sha256()
    with (
        source.open("rb") as reader,
        target.open("wb") as writer,
        progress.bar(f"copy {source.name}", source.stat().st_size, "B") as advance,
    ):
        while piece := reader.read(_CHUNK):
            writer.write(piece)
            digest.update(piece)
            advance(len(piece))
    return digest.hexdigest()


def _link_or_copy(source: Path, target: Path) -> None:
    """A second name for the same bytes where the file system can, else a copy."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy(source, target)


@contextmanager
def _as_device_error(path: Path) -> Iterator[None]:
    """Say what the operating system said in terms of the device."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise DeviceError(
            "the disk is full" if full else f"file error ({error.strerror or error})",
            where=f"{URI}: {where}",
            hint=f"Free some space under {files.cache_root()}" if full else None,
        ) from error
