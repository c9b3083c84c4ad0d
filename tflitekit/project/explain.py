"""From pydantic's errors to sentences for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin

from tflitekit.project.descriptions import descriptions_of
from tflitekit.project.positions import Place, Positions
from tflitekit.project.settings import Settings
from tflitekit.project.table import PROBLEM, Table
from tflitekit.suggest import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SENTENCES: Mapping[str, str] = {
    "string_type": "must be a text in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be letters, digits, and _ - . between them",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "tuple_type": "must be an array",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must not be empty",
}
"""What is wrong, by the type of pydantic's error."""


_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 60
"""Characters of a value."""


class Mistake(NamedTuple):
    """Something that is wrong in a file.

    Attributes:
        line: from 1.
        what: is wrong, with the key before it.
        hint: what to do about it.
    """

    line: int
    what: str
    hint: str | None


def explain(error: ErrorDetails, positions: Positions) -> Mistake:
    """What pydantic found in a document, for people."""
    place: Place = tuple(part for part in error["loc"] if part != "[key]")
    there = positions.deepest(place)
    return Mistake(positions.line(place), *_sentence(error, place, there))


def _sentence(error: ErrorDetails, place: Place, there: Place) -> tuple[str, str | None]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        known = keys_of(table_at(place[:-1]))
        return f"{dotted(place)}: there is no such key", did_you_mean(str(place[-1]), known)
    if kind == "missing":
        table = f"{dotted(there)}: " if there else ""
        return f"{table}needs {place[-1]}", _described(place)
    before = _shown(there, error["input"])
    if kind == PROBLEM:
        return f"{before}{context['what']}", context["hint"]
    what = _SENTENCES[kind].format_map(context) if kind in _SENTENCES else error["msg"]
    return f"{before}{what}", None


def keys_of(table: type[Table]) -> tuple[str, ...]:
    """The keys that a table can have."""
    return tuple(field.alias or name for name, field in table.model_fields.items())


def table_at(place: Place) -> type[Table]:
    """What the settings have at a place: the class of a table, or of the table around a value."""
    table: type[Table] = Settings
    parts = iter(place)
    for part in parts:
        field = next(
            field for name, field in table.model_fields.items() if part == (field.alias or name)
        )
        inner = next(_tables(field.annotation), None)
        if inner is None:
            return table
        table = inner
        if _is_by_name(field.annotation):
            next(parts, None)  # the name of the model or device
    return table


def dotted(place: Place) -> str:
    """A place as TOML writes a dotted key, with the numbers of elements in brackets."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f"{'.' if text else ''}{key}"
    return text


def _shown(place: Place, value: object) -> str:
    if not place:
        return ""
    if isinstance(value, str | int | float):
        told = json.dumps(value, ensure_ascii=False)
        return f"{dotted(place)} = {told if len(told) <= _SHOWN else told[:_SHOWN] + '...'}: "
    return f"{dotted(place)}: "


def _described(place: Place) -> str | None:
    table = table_at(place[:-1])
    names = {field.alias or name: name for name, field in table.model_fields.items()}
    return descriptions_of(table).get(names[str(place[-1])])


def _tables(annotation: Any) -> Iterator[type[Table]]:
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, Table):
            yield part


def _is_by_name(annotation: Any) -> bool:
    return any(get_origin(part) is Mapping for part in _parts(annotation))


def _parts(annotation: Any) -> Iterator[Any]:
    """A type and every type in it."""
    yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)
