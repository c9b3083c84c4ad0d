"""The parent's side: sends jobs to the child and hears what comes back."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from tflitekit.child.call import Call, Event, is_answer
from tflitekit.child.process import Child, Gone
from tflitekit.errors import ConversionError, OutputError
from tflitekit.progress import Progress


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
        folder: where the one for temporary files is made; None for where the system has them.
    """

    def __init__(self, *, fix_addresses: bool = True, folder: Path | None = None) -> None:
        self._fix_addresses = fix_addresses
        self._child: Child | None = None
        self._scratch = _temporary_folder(folder)
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
        events = self.events(job, doing=doing, timeout=timeout, **arguments)
        with closing(events), Call(progress) as call:
            for event in events:
                call.take(event)
        return call.answer()

    def events(
        self, job: str, *, doing: str, timeout: float | None = None, **arguments: object
    ) -> Generator[Event]:
        """What one job tells, as it comes; the last event is its answer, for `Call`.

        Args and Raises: as `call`, but what the job raised is its answer.
        """
        if self._child is None:
            self._child = Child(self.scratch, self._fix_addresses)
        try:
            self._child.send({"job": job, "arguments": arguments})
            deadline = None if timeout is None else time.monotonic() + timeout
            for event in self._child.events(deadline):
                if event["event"] == "hello":
                    self.fixed_addresses = event["fixed_addresses"]
                    continue
                doing = event["title"] if event["event"] == "step" else doing
                yield event
                if is_answer(event):
                    return
        except Gone:
            error = self._child.obituary(doing)
            self._stop()
            raise error from None
        except TimeoutError:
            self._stop()
            raise ConversionError(
                f"took longer than {timeout:g} s and was ended", where=doing
            ) from None
        except BaseException:
            self._stop()
            raise

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


def _temporary_folder(place: Path | None) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(
            prefix="tflitekit-", dir=place, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise OutputError(
            f"no folder for temporary files ({error.strerror})",
            hint="Name a writable one in TMPDIR",
        ) from error
