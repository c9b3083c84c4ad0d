"""The parent's side: sends jobs to the child and hears what comes back."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tflitekit import errors
from tflitekit.child.process import Child, Gone
from tflitekit.errors import ConversionError, OutputError, ToolkitError
from tflitekit.progress import Advance, Progress


class Worker:
    """A child process that runs jobs one after the other; used as a context manager.

    A job is "module:function"; the function takes a `Progress` and the keyword arguments of
    `call`, and returns a JSON value. The child starts with the first job, and again with the
    first one after a crash. Importing TensorFlow takes seconds, so jobs should share a worker.
    Leaving the context, Ctrl-C and the parent's death end the child. Its temporary files lie in
    a folder that goes with the worker.

    Args:
        fix_addresses: turn address space randomization off where the system allows it, so that
            results cannot depend on addresses.
    """

    def __init__(self, *, fix_addresses: bool = True) -> None:
        self._fix_addresses = fix_addresses
        self._child: Child | None = None
        self._scratch = _temporary_folder()
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
            self._child = Child(self.scratch, self._fix_addresses)
        call = _Call(progress, doing)
        try:
            self._child.send({"job": job, "arguments": arguments})
            deadline = None if timeout is None else time.monotonic() + timeout
            with call:
                for event in self._child.events(deadline):
                    if call.take(event):
                        break
        except Gone:
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

    def rest(self) -> None:
        """End the child, whose memory is then free, until the next job starts another."""
        self._stop()

    def interrupt(self) -> None:
        """End the child at once, from another thread than the one that waits for its answer."""
        if self._child is not None:
            self._child.interrupt()

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="tflitekit-", ignore_cleanup_errors=True)
    except OSError as error:
        raise OutputError(
            f"no folder for temporary files ({error.strerror})",
            hint="Name a writable one in TMPDIR",
        ) from error


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
