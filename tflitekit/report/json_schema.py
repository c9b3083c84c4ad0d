"""JSON schemas of documents that dataclasses and typed dictionaries describe."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ATTRIBUTE = re.compile(r"^    (\w[\w, ]*): (.*(?:\n     +.*)*)", re.MULTILINE)


def document_schema(kind: Any, name: str, *, sparse: bool = False) -> dict[str, Any]:
    """The JSON schema of what a type holds once written as JSON.

    What the docstrings say of members becomes their description. Members may be added, so a reader
    has to expect more of them.

    Args:
        kind: a dataclass or a `TypedDict` with a member `schema`.
        name: what that holds, such as "tflitekit.check/1".
        sparse: whether a member of a dataclass is left out where it is what it is by default.
    """
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema

    class Untitled(GenerateJsonSchema):
        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

    schema = TypeAdapter(kind).json_schema(mode="serialization", schema_generator=Untitled)
    definitions = schema.get("$defs", {})
    for part in _described_types(kind, set()):
        described = schema if part is kind else definitions[part.__name__]
        _describe(described, part)
        if dataclasses.is_dataclass(part):
            _settle_defaults(described, part, sparse)
    schema["properties"]["schema"]["const"] = name
    return {"$schema": DIALECT, **schema, "title": name}


def _described_types(kind: Any, seen: set[Any]) -> Iterator[Any]:
    """The type, and each dataclass and typed dictionary among its members' types."""
    from typing_extensions import is_typeddict

    if kind in seen:
        return
    seen.add(kind)
    if dataclasses.is_dataclass(kind) or is_typeddict(kind):
        yield kind
        parts = list(typing.get_type_hints(kind).values())
    else:
        parts = [part for part in typing.get_args(kind) if not isinstance(part, str)]
    for part in parts:
        yield from _described_types(part, seen)


def _describe(schema: dict[str, Any], kind: Any) -> None:
    """Add what the docstring tells."""
    members = schema["properties"]
    summary, _, attributes = (inspect.getdoc(kind) or "").partition("Attributes:")
    schema["description"] = _for_json(summary)
    for names, told in _ATTRIBUTE.findall(attributes):
        for name in set(names.split(", ")) & members.keys():
            members[name]["description"] = _for_json(told)


def _settle_defaults(schema: dict[str, Any], kind: Any, sparse: bool) -> None:
    """Ask for the members of a dataclass that are always written."""
    for member in schema["properties"].values():
        member.pop("default", None)
    always = (one.name for one in dataclasses.fields(kind) if not (sparse and _has_default(one)))
    schema["required"] = list(always)


def _has_default(member: dataclasses.Field[Any]) -> bool:
    ways = (member.default, member.default_factory)
    return any(way is not dataclasses.MISSING for way in ways)


def _for_json(text: str) -> str:
    return re.sub(r"\bNone\b", "null", " ".join(text.split()))
