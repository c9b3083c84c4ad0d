"""Every error a user can meet: what happened, where, and what to do about it.

Each kind has one process exit code. Anything that is not a `ToolkitError` is a bug in the tool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ToolkitError(Exception):
    """An error with an audience.

    Args:
        what: what happened, one sentence without a trailing full stop.
        where: the file, tensor, layer or device it happened in.
        hint: what the reader can do next.
    """

    exit_code = 1
    title = "bug"

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f". {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"

    @property
    def parts(self) -> tuple[ToolkitError, ...]:
        """The errors that this one is made of: itself, where it is one."""
        return (self,)

    def as_dict(self) -> dict[str, Any]:
        """The error for `--json`."""
        return {
            "kind": self.title,
            "what": self.what,
            "where": self.where,
            "hint": self.hint,
            "exit_code": self.exit_code,
        }


class UsageError(ToolkitError):
    """The command line or a configuration file asks for something that makes no sense."""

    exit_code = 2
    title = "usage"


class SettingsError(UsageError):
    """Everything that is wrong in a settings file.

    Args:
        errors: at least one, each with file and line as its `where`.
    """

    title = "settings"

    def __init__(self, errors: Sequence[ToolkitError]) -> None:
        first = errors[0]
        super().__init__(first.what, where=first.where, hint=first.hint)
        self._errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(map(str, self._errors))

    @property
    def parts(self) -> tuple[ToolkitError, ...]:
        """One for each mistake."""
        return self._errors

    def as_dict(self) -> dict[str, Any]:
        """The first error, and all of them as `errors`."""
        return super().as_dict() | {"errors": [error.as_dict() for error in self._errors]}


class ModelError(ToolkitError):
    """A model file cannot be read, or is not what its name says."""

    exit_code = 3
    title = "model"


class DataError(ToolkitError):
    """A data set cannot be read, or its samples do not fit the model."""

    exit_code = 3
    title = "data"


class ConversionError(ToolkitError):
    """The model is readable but cannot be converted as asked."""

    exit_code = 4
    title = "conversion"


class DeviceError(ToolkitError):
    """A device is missing, not ready, busy, full, or went away."""

    exit_code = 5
    title = "device"


class RunError(ToolkitError):
    """The runner started and did not finish its work, or could not be built.

    Args:
        log: the last lines that the process wrote to stderr.
    """

    exit_code = 6
    title = "run"

    def __init__(
        self, what: str, *, where: str | None = None, hint: str | None = None, log: str = ""
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.log = log


class OutputError(ToolkitError):
    """A result cannot be written where it was asked for."""

    exit_code = 2
    title = "output"


class GateError(ToolkitError):
    """A measured value is outside its budget."""

    exit_code = 7
    title = "gate"


class InconclusiveError(ToolkitError):
    """A measurement cannot decide what it was asked to decide."""

    exit_code = 8
    title = "inconclusive"


EXIT_CODES: dict[int, str] = {
    0: "fine",
    1: "a bug in the tool",
    2: "wrong usage, or an output that cannot be written",
    3: "bad model or data",
    4: "not convertible as asked",
    5: "device not available",
    6: "the run failed",
    7: "a gate failed",
    8: "inconclusive",
}
