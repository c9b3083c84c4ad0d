"""The JSON schema of `tflitekit.toml`, by which editors complete and check it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from tflitekit.gates.amounts import EXAMPLES
from tflitekit.gates.limit import LIMIT_KEYS
from tflitekit.gates.quantities import QUANTITIES, Quantity
from tflitekit.project.descriptions import descriptions_of
from tflitekit.project.settings import (
    FILE_NAME,
    DeviceSettings,
    ModelSettings,
    RecipeSettings,
    Settings,
)
from tflitekit.project.table import Table

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def settings_schema() -> dict[str, Any]:
    """What a settings file can hold, as a JSON schema of draft 2020-12."""
    schema = Settings.model_json_schema(schema_generator=_ForToml)
    definitions = schema["$defs"]
    for table in _TABLES:
        _describe(schema if table is Settings else definitions[table.__name__], table)
    definitions["Budget"]["properties"] = {one.name: _limit(one) for one in QUANTITIES.values()}
    definitions["Limit"] = _LIMIT
    definitions["QuotedLimit"] = _QUOTED_LIMIT
    return {"$schema": DIALECT, "title": FILE_NAME, **schema}


_TABLES = (Settings, ModelSettings, RecipeSettings, DeviceSettings)


def _describe(schema: dict[str, Any], table: type[Table]) -> None:
    for name, text in descriptions_of(table).items():
        schema["properties"][table.model_fields[name].alias or name]["description"] = text


def _limit(quantity: Quantity) -> dict[str, Any]:
    side = "At most" if quantity.better == "lower" else "At least"
    definition = "QuotedLimit" if quantity.unit in ("us", "version") else "Limit"
    return {
        "$ref": f"#/$defs/{definition}",
        "description": f"{side}, such as {example_of(quantity)}: {quantity.meaning}.",
    }


def example_of(quantity: Quantity) -> str:
    """How a limit of it can be written."""
    small = quantity.unit in ("share", "score") and quantity.better == "lower"
    return "2 % or 0.02" if small else EXAMPLES[quantity.unit]


def _limit_definition(*types: str) -> dict[str, Any]:
    """A bound of these JSON types, or a table."""
    keys = {
        "limit": {"type": list(types), "description": LIMIT_KEYS["limit"]},
        "regression": {"type": ["string", "number"], "description": LIMIT_KEYS["regression"]},
    }
    table = {
        "type": "object",
        "properties": keys,
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"anyOf": [{"type": list(types)}, table]}


_LIMIT = _limit_definition("string", "number")
_QUOTED_LIMIT = _limit_definition("string")
"""Of times, which need a unit, and of versions, for 2.10 would be the number 2.1."""


class _ForToml(GenerateJsonSchema):
    """TOML has no null, and names say what a title would."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        if found.get("default") is None or isinstance(found["default"], dict):
            found.pop("default", None)
        return found

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Names are held to their pattern, where `patternProperties` would let others pass."""
        found = super().dict_schema(schema)
        for pattern, values in found.pop("patternProperties", {}).items():
            found |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}
        return found

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        found.pop("title", None)
        return found
