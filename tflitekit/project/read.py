"""Reading `tflitekit.toml`: every mistake in it at once, each with its line and a way on."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tflitekit.errors import SettingsError, UsageError
from tflitekit.project.contradictions import contradictions

if TYPE_CHECKING:
    from pydantic import ValidationError

    from tflitekit.project.settings import Settings

_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


def read_settings(file: Path) -> Settings:
    """The settings in a file; paths in them are relative to its folder.

    Raises:
        UsageError: it cannot be read, or is no TOML.
        SettingsError: it holds keys or values that make no sense; each of its `parts` has file and
            line as its `where`.
    """
    from pydantic import ValidationError

    from tflitekit.project.settings import Settings
    from tflitekit.project.values import FOLDER

    text = _text(file)
    content = _content(file, text)
    try:
        settings = Settings.model_validate(content, context={FOLDER: file.parent})
    except ValidationError as error:
        raise _error(file, text, content, error) from error
    if any(contradictions(content)):
        raise _error(file, text, content)
    return settings


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        hint = "Write one with: tflitekit init MODEL"
        raise UsageError("there is no such file", where=str(file), hint=hint) from error
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=str(file)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UsageError("is no UTF-8 text", where=f"{file}:{line}") from error


def _content(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        from tflitekit.project.positions import unfinished_line

        found = _PLACE.search(str(error))
        line = (found and found["line"]) or unfinished_line(text)
        what = _PLACE.sub("", str(error))
        raise UsageError(f"is no TOML: {what}", where=f"{file}:{line}") from error


def _error(
    file: Path, text: str, content: dict[str, Any], invalid: ValidationError | None = None
) -> SettingsError:
    """All mistakes, in the order of their lines."""
    from tflitekit.project.explain import Mistake, dotted, explain
    from tflitekit.project.positions import positions_of

    positions = positions_of(text)
    mistakes = [explain(one, positions) for one in (invalid.errors() if invalid else ())]
    for place, what, hint in contradictions(content):
        mistakes.append(Mistake(positions.line(place), f"{dotted(place)}: {what}", hint))
    return SettingsError(
        [
            UsageError(one.what, where=f"{file}:{one.line}", hint=one.hint)
            for one in sorted(mistakes, key=lambda one: one.line)
        ]
    )
