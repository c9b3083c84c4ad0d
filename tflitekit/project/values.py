"""The kinds of values that settings hold: names from tables, files, data and checked text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tflitekit.errors import ToolkitError
from tflitekit.project.table import problem
from tflitekit.suggest import did_you_mean

FOLDER = "folder"
"""The key of a validation's context that holds the folder to which paths are relative."""


@dataclass(frozen=True)
class OneOf:
    """A name from a table.

    Attributes:
        names: gives them. It imports the table, which takes time that nobody spends who leaves
            the choice to its default.
    """

    names: Callable[[], Iterable[str]]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {"enum": list(self.names())}

    def _check(self, name: str) -> str:
        if name not in (names := list(self.names())):
            raise problem("there is no such choice", did_you_mean(name, names))
        return name


def checked(check: Callable[[str], object]) -> AfterValidator:
    """A validator that tells what `check` raises as a problem of the value.

    Args:
        check: raises a `ToolkitError` or `ValueError` for a text that is wrong.
    """

    def validate(text: str) -> str:
        try:
            check(text)
        except ToolkitError as error:
            raise problem(error.what, error.hint) from error
        except ValueError as error:
            raise problem(str(error)) from error
        return text

    return AfterValidator(validate)


@dataclass(frozen=True)
class FilePath:
    """A path, relative to the settings' folder.

    Attributes:
        given: whether it must be there.
    """

    given: bool

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_after_validator_function(
            self._resolve, core_schema.str_schema(min_length=1)
        )

    def _resolve(self, text: str, info: core_schema.ValidationInfo) -> Path:
        path = _folder_of(info.context) / text
        if "\0" in text:
            raise problem("is no path")
        try:
            if self.given and not path.exists():
                raise _missing(path)
        except OSError as error:
            raise problem(f"cannot be looked for ({error.strerror})") from error
        return path


@dataclass(frozen=True)
class DataSpec:
    """Names data as `convert --data` does; paths are relative to the settings' folder."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_after_validator_function(
            self._resolve, core_schema.str_schema(min_length=1)
        )

    def _resolve(self, text: str, info: core_schema.ValidationInfo) -> str:
        from tflitekit.data.locate import spec_from

        try:
            return spec_from(_folder_of(info.context), text)
        except ToolkitError as error:
            raise problem(error.what, error.hint) from error


Given = Annotated[Path, FilePath(given=True)]
"""A file or folder that the user has."""

Kept = Annotated[Path, FilePath(given=False)]
"""A file that is written where it is not there."""

Data = Annotated[str, DataSpec()]
"""Samples."""


def _folder_of(context: Mapping[str, Any] | None) -> Path:
    """To which paths are relative; the working folder if nothing is said."""
    folder: Path = (context or {}).get(FOLDER, Path())
    return folder


def _missing(path: Path) -> PydanticCustomError:
    siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    return problem("there is no such file", did_you_mean(path.name, siblings) if siblings else None)
