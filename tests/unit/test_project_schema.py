"""The published JSON schema says what is read, no more and no less."""

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.fakes import settings_texts as examples
from tflitekit.project.schema import settings_schema
from tflitekit.report.schemas import FILES, SCHEMAS

ROOT = Path(__file__).resolve().parents[2]

BEYOND = ("is no unit", "is no whole number", "must be local", "must be all", "finite")
"""What makes a text wrong that a schema does not look into."""


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(settings_schema())


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_has_a_file(name):
    schema = SCHEMAS[name]()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads((ROOT / "docs" / "schemas" / FILES[name]).read_text()) == schema


@pytest.mark.parametrize("text", [examples.SMALLEST, examples.WHOLE])
def test_what_is_read_is_valid(validator, text):
    assert list(validator.iter_errors(tomllib.loads(text))) == []


@pytest.mark.parametrize("text", [case[0] for case in examples.UNKNOWN])
def test_an_unknown_key_is_not(validator, text):
    assert not validator.is_valid(tomllib.loads(text))


@pytest.mark.parametrize(
    "text", [text for text, _, what in examples.WRONG if not any(one in what for one in BEYOND)]
)
def test_a_wrong_value_is_not(validator, text):
    assert not validator.is_valid(tomllib.loads(text))


@pytest.mark.parametrize(("key", "value", "near"), examples.CHOICES)
def test_a_choice_that_does_not_exist_is_not(validator, key, value, near):
    assert validator.is_valid(tomllib.loads(examples.model(f"recipe.{key} = '{near}'")))
    assert not validator.is_valid(tomllib.loads(examples.model(f"recipe.{key} = '{value}'")))


def test_a_model_has_either_a_source_or_a_file(validator):
    assert not validator.is_valid(tomllib.loads(examples.model("file = 'a.tflite'")))
    assert not validator.is_valid(tomllib.loads("[models.m]\ndata = 'digits'"))
    assert validator.is_valid(tomllib.loads(examples.finished()))


def test_nothing_may_be_null():
    assert "null" not in json.dumps(settings_schema())


def test_every_key_is_described():
    schema = settings_schema()
    for table in (schema, *schema["$defs"].values()):
        for key, inner in table.get("properties", {}).items():
            assert inner["description"], key
            assert "\n" not in inner["description"]
