"""What the measuring commands work on: a flatbuffer, and of several signatures each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tflitekit.errors import ModelError
from tflitekit.graph import Model, read_model
from tflitekit.graph.merge import alone, callable_keys


@dataclass(frozen=True)
class Subject:
    """What is measured.

    Attributes:
        path: the file.
        graph: what of it is called.
        signature: that of several in the file; empty for the only one, or the default.
    """

    path: Path
    graph: Model
    signature: str = ""

    @property
    def title(self) -> str:
        """The file's name for a line about it."""
        return self.named(self.path.name)

    def named(self, path: str) -> str:
        """The file's name, and the signature."""
        return f"{path}:{self.signature}" if self.signature else path


def subjects_of(path: Path) -> list[Subject]:
    """The file; or each of its signatures, where there are several and none is the default.

    Raises:
        ModelError: as `read_file`.
    """
    model = read_file(path)
    parts = [Subject(path, alone(model, key), key) for key in callable_keys(model)]
    return parts or [Subject(path, model)]


def read_file(path: Path) -> Model:
    """A model of the user's.

    Raises:
        ModelError: there is no such file, or it cannot be read.
    """
    try:
        there = path.is_file()
    except OSError as error:  # a folder on the way that may not be entered
        raise ModelError(f"cannot be read ({error.strerror})", where=str(path)) from error
    if not there:
        raise ModelError("there is no such file", where=str(path))
    return read_model(path)
