"""Documents of real commands keep to the schemas that are published for them."""

import json

import jsonschema
import pytest

from tests.commands import bench
from tests.conftest import ROOT
from tests.fakes.json_documents import strict

pytestmark = [pytest.mark.build, pytest.mark.convert]


def test_a_bench_with_everything_in_it(digits):
    written = bench(
        *(digits / "float32.tflite", digits / "int8.tflite", "--data", "digits", "--samples", "20"),
        *("--profile", "--repeats", "2", "--seconds", "0.2", "--json"),
    )
    document = json.loads(written)
    schema = json.loads((ROOT / "docs" / "schemas" / "bench.schema.json").read_text())
    jsonschema.validate(document, strict(schema))
    assert document["results"][1]["profile"]
    assert document["results"][1]["accuracy"]
    assert document["results"][1]["agreement"]
