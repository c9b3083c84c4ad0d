"""One child process: its lines as they come, its end, and the error that its end means."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tflitekit.errors import RunError

_TAIL_LINES = 20
_CHUNK = 1 << 16

_SIGNAL_HINTS = {
    signal.SIGKILL: "The system may have run out of memory",
    signal.SIGILL: "The processor lacks an instruction that the program was built for",
    signal.SIGSEGV: "This is a defect of the runner, of its library, or of the model file",
    signal.SIGBUS: "A file it had mapped may have been cut short",
}


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        status: as `subprocess` gives it, negative for a signal; None when it was out of time.
        stderr: the last lines of its standard error.
    """

    status: int | None
    stderr: str


class LineStream:
    """A process in a group of its own, read line by line under a deadline.

    Entering the context starts it. Leaving it, for whatever reason (the end, the timeout, a
    consumer that stops early, an exception, Ctrl-C), kills the whole group.

    Args:
        argv: the command.
        timeout: seconds that it may take.
        cwd: its working folder.
        env: its whole environment; None for that of this process.

    Attributes:
        ended: how it ended, once the lines have been read to the end.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._argv, self._cwd, self._env = argv, cwd, env
        self._deadline = time.monotonic() + timeout
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self.ended = Ended(None, "")

    def __enter__(self) -> LineStream:
        try:
            self._process = subprocess.Popen(
                self._argv,
                cwd=self._cwd,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise could_not_start(self._argv, error.strerror or str(error)) from error
        return self

    def __exit__(self, *reason: object) -> None:
        kill_group(self._process)

    def __iter__(self) -> Iterator[str]:
        """The lines of its standard output, without their ends."""
        in_time = yield from self._lines()
        status = None
        with suppress(subprocess.TimeoutExpired):
            status = self._process.wait(self._left()) if in_time else None
        self.ended = Ended(status, "\n".join(self._tail))

    def _left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def _lines(self) -> Generator[str, None, bool]:
        """Returns whether both outputs ended before the deadline."""
        out, err = self._process.stdout, self._process.stderr
        pending: dict[object, bytes | None] = {out: b"", err: b""}
        with selectors.DefaultSelector() as selector:
            for pipe in (out, err):
                assert pipe is not None
                selector.register(pipe, selectors.EVENT_READ, pipe)
            while selector.get_map():
                ready = selector.select(self._left())
                if not ready:
                    return False
                for key, _ in ready:
                    lines, pending[key.data] = _split(pending[key.data], os.read(key.fd, _CHUNK))
                    if pending[key.data] is None:
                        selector.unregister(key.fileobj)
                    if key.data is err:
                        self._tail.extend(lines)
                    else:
                        yield from lines
        return True


def _split(pending: bytes | None, piece: bytes) -> tuple[list[str], bytes | None]:
    """The lines that `piece` completes, and what is pending; an empty piece is the end."""
    *lines, rest = ((pending or b"") + piece).split(b"\n")
    if not piece and rest:
        lines.append(rest)
    texts = [line.decode(errors="replace").removesuffix("\r") for line in lines]
    return texts, rest if piece else None


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads its own group, and all that it started; reap it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def could_not_start(argv: Sequence[str], why: str) -> RunError:
    """The error for a command that never ran."""
    return RunError(f"the command could not be started ({why})", where=Path(argv[0]).name)


def run_failure(argv: Sequence[str], ended: Ended, timeout: float) -> RunError | None:
    """What the end of a command means: None for success.

    Args:
        argv: the command.
        ended: its end; a status above 128 counts as a signal, as shells report it.
        timeout: what it was given, in seconds.
    """
    if ended.status == 0:
        return None
    where, log = Path(argv[0]).name, ended.stderr
    if ended.status is None:
        what = f"not finished after {timeout:g} s"
        return RunError(what, where=where, hint="Allow it more time", log=log)
    killer = _signal_of(ended.status)
    if killer is None:
        return RunError(f"ended with status {ended.status}", where=where, log=log)
    what = f"killed by {killer.name} ({signal.strsignal(killer)})"
    return RunError(what, where=where, hint=_SIGNAL_HINTS.get(killer), log=log)


def _signal_of(status: int) -> signal.Signals | None:
    number = -status if status < 0 else status - 128
    return signal.Signals(number) if number in set(signal.Signals) else None
