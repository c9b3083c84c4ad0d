"""Reads our own JSON documents, and says in which line one is broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from tflitekit.errors import UsageError
from tflitekit.json_lines import line_of

T = TypeVar("T")

_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")  # as git marks one


def read_document(path: Path, kind: type[T], schema: str, name: str) -> T:
    """A JSON file as a dataclass.

    Args:
        path: the file.
        kind: the dataclass; members that it does not have are left out.
        schema: what its member `schema` must be, such as "tflitekit.check/1".
        name: what people call such a file.

    Raises:
        UsageError: it cannot be read, is not of this kind, or is of another version.
    """
    import pydantic

    text = _read_text(path)
    _check_schema(_schema(_parse(text, path)), schema, name, path)
    try:
        return pydantic.TypeAdapter(kind).validate_json(text, strict=True)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        member = ".".join(map(str, first["loc"]))
        what = first["msg"].removeprefix("Value error, ")
        where = f"{path}:{line_of(text, first['loc'])}"
        raise UsageError(f"{member}: {what[:1].lower()}{what[1:]}", where=where) from error


def schema_of(path: Path) -> str | None:
    """What a JSON file says in its member `schema`; None where it says nothing.

    Raises:
        UsageError: it cannot be read, or is no JSON.
    """
    return _schema(_parse(_read_text(path), path))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise UsageError("is no text", where=str(path)) from error


def _parse(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        conflict = text.split("\n")[error.lineno - 1].startswith(_CONFLICT)
        raise UsageError(
            "is a merge that was left unfinished" if conflict else f"is no JSON: {error.msg}",
            where=f"{path}:{error.lineno}",
            hint="Resolve the conflict" if conflict else None,
        ) from error
    except RecursionError as error:
        raise UsageError("is no JSON: nested too deeply", where=str(path)) from error


def _schema(document: Any) -> str | None:
    found = document.get("schema") if isinstance(document, dict) else None
    return found if isinstance(found, str) else None


def _check_schema(found: str | None, schema: str, name: str, path: Path) -> None:
    if found == schema:
        return
    if found is not None and found.rpartition("/")[0] == schema.rpartition("/")[0]:
        raise UsageError(
            f"is {found}, and this version of tflitekit reads {schema}",
            where=str(path),
            hint="Make it again, or use the version of tflitekit that made it",
        )
    raise UsageError(f"is no {name}", where=str(path))
