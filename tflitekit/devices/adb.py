"""An Android device or emulator behind adb."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tflitekit import files
from tflitekit.devices import adb_transfer
from tflitekit.devices.adb_client import (
    REMOTE_ROOT,
    Adb,
    StatusMark,
    find_adb,
    quoted,
)
from tflitekit.devices.adb_select import ask, default_serial, wait_until_ready
from tflitekit.devices.adb_session import RUNS, AdbSession, new_run_name
from tflitekit.devices.adb_state import observation_in, observation_script
from tflitekit.devices.base import DeviceInfo
from tflitekit.devices.names import (
    check_plain,
    check_variable,
    folder_digest,
)
from tflitekit.devices.observation import Observation
from tflitekit.devices.process import Ended, LineStream, could_not_start, run_failure
from tflitekit.errors import DeviceError
from tflitekit.progress import Progress

_STORE = f"{REMOTE_ROOT}/store"
_FOLDERS = f"{REMOTE_ROOT}/folders"
_HASH_TIMEOUT = 300.0
_WITH_ID = 'echo $$ >"$0" && exec "$@"'
_NOT_STARTED = {126: "not a program for this device", 127: "not there"}


class AdbDevice:
    """An Android device, behind the `Device` protocol.

    Files lie under `/data/local/tmp/tflitekit/store/<sha256>`. A name appears there only after
    the device itself computed that hash, so a name with the right size is taken as present.

    Args:
        serial: what `adb -s` takes; None for the one that `SERIAL_VARIABLES` name, or
            else the only one.

    Attributes:
        info: known once the context was entered, or `probe` was called.
    """

    info: DeviceInfo

    def __init__(self, serial: str | None = None) -> None:
        self._wanted = serial
        self._entered = ExitStack()

    def __enter__(self) -> AdbDevice:
        self.probe()
        with ExitStack() as stack:
            self._session = AdbSession(self._adb)
            self._session.open()
            stack.callback(self._session.close)
            self._entered = stack.pop_all()
        return self

    def __exit__(self, *reason: object) -> None:
        self._entered.close()

    def probe(self) -> DeviceInfo:
        """Find the device, wait until it is ready, and ask what it is; takes no lock.

        Raises:
            DeviceError: no adb, no such device, several where one was not named, not ready in
                time, or of an ABI that no runner can be built for.
        """
        binary = find_adb()
        wanted = self._wanted or default_serial(os.environ)
        self._adb = Adb(wait_until_ready(binary, wanted), binary)
        self.info = ask(self._adb)
        return self.info

    def store(self, source: Path, progress: Progress) -> str:
        """As `Device.store`.

        Raises:
            DeviceError: `source` cannot be read, or the device is full or went away.
        """
        self._session.check()
        return self._store(source, _digest(source), progress)

    def store_folder(self, files: Mapping[str, Path], progress: Progress) -> str:
        """As `Device.store_folder`; raises as `store`."""
        self._session.check()
        for name in files:
            check_plain(name)
        digests = {name: _digest(source) for name, source in files.items()}
        target = f"{_FOLDERS}/{folder_digest(digests)}"
        if self._adb.shell(f"[ -d {target} ]").status != 0:
            for name, source in files.items():
                self._store(source, digests[name], progress)
            part = f"{target}.part"
            # Android's policy forbids hard links to the shell: they save space elsewhere.
            lines = [f"rm -rf {part}", f"mkdir -m 755 {part}"]
            for name, digest in digests.items():
                pair = f"{_STORE}/{digest} {quoted(f'{part}/{name}')}"
                lines.append(f"{{ ln {pair} 2>/dev/null || cp {pair}; }}")
                lines.append(f"chmod 555 {quoted(f'{part}/{name}')}")
            self._adb.expect(" && ".join([*lines, f"mv {part} {target}"]), _HASH_TIMEOUT)
        return target

    @contextmanager
    def run_folder(self) -> Iterator[str]:
        """As `Device.run_folder`; the device removes it too when the connection is lost."""
        self._session.check()
        folder = f"{RUNS}/{new_run_name()}"
        self._adb.expect(f"mkdir -m 755 {folder}")
        try:
            yield folder
        except BaseException:
            with suppress(DeviceError):  # the first error is the one to tell
                self._adb.expect(f"rm -rf {folder} {folder}.pid")
            raise
        self._adb.expect(f"rm -rf {folder} {folder}.pid")

    def run(
        self,
        argv: Sequence[str],
        *,
        folder: str,
        env: Mapping[str, str] | None = None,
        timeout: float,
    ) -> Iterator[str]:
        """As `Device.run`: the process is killed when this is left, or the connection lost."""
        self._session.check()
        mark = StatusMark()
        command = mark.after(_run_command(argv, folder, env or {}))
        status = None
        with LineStream(self._adb.argv("shell", command), timeout=timeout) as lines:
            try:
                for line in lines:
                    text, found = mark.split(line)
                    status = status if found is None else found
                    if found is None or text:
                        yield text
            finally:
                if status is None:
                    self._kill(folder)
        ended = lines.ended
        if status is None and ended.status is not None:
            raise self._adb.gone(ended.stderr)
        if status in _NOT_STARTED:
            raise could_not_start(argv, f"{_NOT_STARTED[status]}; {ended.stderr}")
        failure = run_failure(argv, Ended(status, ended.stderr), timeout)
        if failure is not None:
            raise failure

    def push(self, source: Path, target: str, progress: Progress) -> None:
        """As `Device.push`; raises as `store`."""
        self._session.check()
        adb_transfer.push(self._adb, source, target, progress)

    def pull(self, source: str, target: Path, progress: Progress) -> None:
        """As `Device.pull`; `target` appears whole or not at all.

        Raises:
            DeviceError: `source` is not there, or the device went away.
            OutputError: `target` cannot be written.
        """
        self._session.check()
        adb_transfer.pull(self._adb, source, target, progress)

    def observe(self) -> Observation:
        """As `Device.observe`; one call of its shell."""
        return observation_in(self._adb.expect(observation_script()))

    @contextmanager
    def fixed_performance(self) -> Iterator[bool]:
        """As `Device.fixed_performance`, by Android's mode of that name (Android 11)."""
        fixed = self._session.fix_performance()
        try:
            yield fixed
        finally:
            with suppress(DeviceError):  # a device that is lost does it by itself
                self._session.unfix_performance()

    def _store(self, source: Path, digest: str, progress: Progress) -> str:
        target = f"{_STORE}/{digest}"
        present = self._adb.shell(f"stat -c %s {target}")
        if present.status == 0 and present.text.strip() == str(source.stat().st_size):
            return target
        part = f"{target}.part"
        try:
            adb_transfer.push(self._adb, source, part, progress)
            arrived = self._adb.expect(f"sha256sum {part}", _HASH_TIMEOUT).split()[0]
            if arrived != digest:
                raise DeviceError(
                    "the copy on the device differs from its source",
                    where=f"{self._adb.uri}: {source}",
                    hint="Do not change the file meanwhile, and check the cable",
                )
            self._adb.expect(f"chmod 555 {part} && mv {part} {target}")
        except BaseException:
            with suppress(DeviceError):  # the first error is the one to tell
                self._adb.shell(f"rm -f {part}")
            raise
        return target

    def _kill(self, folder: str) -> None:
        """Kill what runs in a folder; what the connection ended is killed by the device."""
        with suppress(DeviceError):
            self._adb.shell(f"kill -9 $(cat {quoted(folder)}.pid)")


def _run_command(argv: Sequence[str], folder: str, env: Mapping[str, str]) -> str:
    """Shell text that leaves the process id where the session's clean-up looks for it.

    The id is written before the command starts, so nothing that runs is without one.
    """
    for name in env:
        check_variable(name)
    settings = [f"{name}={value}" for name, value in env.items()]
    start = quoted("sh", "-c", _WITH_ID, f"{folder}.pid", "env", *settings, *argv)
    return f"cd {quoted(folder)} && {start}"


def _digest(source: Path) -> str:
    try:
        return files.sha256_file(source)
    except OSError as error:
        raise DeviceError(f"cannot be read ({error.strerror})", where=str(source)) from error
