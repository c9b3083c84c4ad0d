"""The parent's side: starts the child, sends it jobs, and turns every way to die into an error."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from tflitekit import errors
from tflitekit.errors import ConversionError, ToolkitError
from tflitekit.progress import Advance, Progress

_BOOT = Path(__file__).with_name("boot.py")
_LOG_LINES = 20

SETTINGS: Mapping[str, str] = {
    "PYTHONHASHSEED": "0",
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_DETERMINISTIC_OPS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
"""Environment of every child: reproducible arithmetic, no GPU, errors only."""

_REMOVED = ("TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS")


class Worker:
    """A child process that runs jobs one after the other; used as a context manager.

    A job is "module:function"; the function takes a `Progress` and the keyword arguments of
    `call`, and returns a JSON value. The child starts with the first job, and again with the
    first one after a crash. Importing TensorFlow takes seconds, so jobs should share a worker.
    Leaving the context, Ctrl-C and the parent's death end the child. Its temporary files lie in
    a folder that goes with the worker.

    Args:
        fix_addresses: turn address space randomization off where the system allows it, because
            TensorFlow's results may depend on addresses.
    """

    def __init__(self, *, fix_addresses: bool = True) -> None:
        self._fix_addresses = fix_addresses
        self._child: _Child | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="tflitekit-", ignore_cleanup_errors=True)
        self.fixed_addresses: bool | None = None
        """Whether the child's addresses are fixed; None before the first job."""

    @property
    def scratch(self) -> Path:
        """A folder that lives as long as the worker, for files that both sides use."""
        return Path(self._scratch.name)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *reason: object) -> None:
        self._stop()
        self._scratch.cleanup()

    def call(
        self,
        job: str,
        progress: Progress,
        *,
        doing: str,
        timeout: float | None = None,
        **arguments: object,
    ) -> Any:
        """Run one job in the child and return its value.

        Args:
            job: "module:function".
            progress: hears what the job tells.
            doing: what the job does, as in "the child crashed while <doing>".
            timeout: the longest time it may take, in seconds.
            arguments: the function's keyword arguments, JSON values.

        Raises:
            ToolkitError: what the job raised, in its own class; or, with exit code 1, a bug in it.
            ConversionError: the child crashed, or took longer than `timeout`.
        """
        if self._child is None:
            self._child = _Child(self.scratch, self._fix_addresses)
        call = _Call(progress, doing)
        try:
            self._child.send({"job": job, "arguments": arguments})
            deadline = None if timeout is None else time.monotonic() + timeout
            with call:
                for event in self._child.events(deadline):
                    if call.take(event):
                        break
        except _Gone:
            error = self._child.obituary(call.doing)
            self._stop()
            raise error from None
        except TimeoutError:
            self._stop()
            raise ConversionError(
                f"took longer than {timeout:g} s and was ended", where=call.doing
            ) from None
        except BaseException:
            self._stop()
            raise
        if call.fixed_addresses is not None:
            self.fixed_addresses = call.fixed_addresses
        return call.answer()

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


class _Gone(Exception):
    """The child closed its events without an answer."""


class _Call:
    """Hands one job's events to a `Progress`, and keeps its answer."""

    def __init__(self, progress: Progress, doing: str) -> None:
        self.doing = doing
        self.fixed_addresses: bool | None = None
        self._progress = progress
        self._bars: dict[int, tuple[ExitStack, Advance]] = {}
        self._answer: dict[str, Any] = {}

    def __enter__(self) -> _Call:
        return self

    def __exit__(self, *reason: object) -> None:
        for opened, _ in self._bars.values():
            opened.close()

    def take(self, event: dict[str, Any]) -> bool:
        """Act on one event; True when it is the answer."""
        kind = event["event"]
        if kind in ("result", "error"):
            self._answer = event
            return True
        if kind == "hello":
            self.fixed_addresses = event["fixed_addresses"]
        elif kind == "step":
            self.doing = event["title"]
            self._progress.step(event["title"])
        elif kind == "note":
            self._progress.note(event["text"])
        elif kind == "warn":
            self._progress.warn(event["text"])
        else:
            self._take_bar(kind, event)
        return False

    def _take_bar(self, kind: str, event: dict[str, Any]) -> None:
        number = event["number"]
        if kind == "bar":
            opened = ExitStack()
            bar = self._progress.bar(event["title"], event["total"], event["unit"])
            self._bars[number] = opened, opened.enter_context(bar)
        elif kind == "advance":
            self._bars[number][1](event["done"])
        else:
            self._bars.pop(number)[0].close()

    def answer(self) -> Any:
        """The job's value.

        Raises:
            ToolkitError: the one that the job raised.
        """
        if self._answer["event"] == "result":
            return self._answer["value"]
        kind: type[ToolkitError] = getattr(errors, self._answer["kind"])
        raise kind(self._answer["what"], where=self._answer["where"], hint=self._answer["hint"])


class _Child:
    """One process, its two pipes and its log."""

    def __init__(self, scratch: Path, fix_addresses: bool) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile(dir=scratch)
        child_requests, requests = os.pipe()
        events, child_events = os.pipe()
        settings = {
            "parent": os.getpid(),
            "requests": child_requests,
            "events": child_events,
            "path": [entry or str(Path.cwd()) for entry in sys.path],
            "fix_addresses": fix_addresses,
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-X", "utf8", str(_BOOT), json.dumps(settings)],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(child_requests, child_events),
                env=_environment(scratch),
                process_group=0,  # Ctrl-C is for the parent, which then ends the child
            )
        finally:
            os.close(child_requests)
            os.close(child_events)
        self._requests = open(requests, "wb", buffering=0)  # noqa: SIM115
        self._events = events

    def send(self, request: Mapping[str, object]) -> None:
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
        except BrokenPipeError:
            raise _Gone from None

    def events(self, deadline: float | None) -> Iterator[dict[str, Any]]:
        """The child's events as they come, until the caller has enough.

        Raises:
            TimeoutError: nothing came before `deadline`, in `time.monotonic` seconds.
            _Gone: the child ended.
        """
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            while True:
                left = None if deadline is None else deadline - time.monotonic()
                if (left is not None and left <= 0) or not selector.select(left):
                    raise TimeoutError
                piece = os.read(self._events, 1 << 16)
                if not piece:
                    raise _Gone
                *lines, pending = (pending + piece).split(b"\n")
                yield from map(json.loads, lines)

    def obituary(self, doing: str) -> ToolkitError:
        """The error that tells how the child ended."""
        status = self._process.wait()
        log = self._last_lines()
        if status == 1:
            return ToolkitError(
                log[-1].strip()[:300] if log else "ended with exit status 1",
                where=doing,
                hint="This is a bug in tflitekit; please report it with these lines" + _quote(log),
            )
        if status == -signal.SIGKILL:
            what, advice = "was killed", "The machine may have run out of memory"
        elif status < 0:
            what = f"TensorFlow crashed with {signal.Signals(-status).name}"
            advice = "The model holds something that this version of TensorFlow cannot process"
        else:
            what, advice = f"ended with exit status {status} and no result", "See its last lines"
        return ConversionError(what, where=doing, hint=advice + _quote(log))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._requests.close()
        os.close(self._events)
        self._log.close()

    def _last_lines(self) -> list[str]:
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - (1 << 16)))
        text = self._log.read().decode(errors="replace")
        return [line for line in text.splitlines() if line.strip()][-_LOG_LINES:]


def _environment(scratch: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _REMOVED}
    places = {"TMPDIR": str(scratch), "KERAS_HOME": str(scratch / "keras")}
    return inherited | dict(SETTINGS) | places


def _quote(lines: list[str]) -> str:
    return ".\nIts last lines:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""
