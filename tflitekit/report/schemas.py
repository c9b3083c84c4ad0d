"""The JSON schemas of everything that others write for us or read from us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _settings() -> dict[str, Any]:
    from tflitekit.project.schema import settings_schema

    return settings_schema()


def _check() -> dict[str, Any]:
    from tflitekit.report.check_json import check_schema

    return check_schema()


def _bench() -> dict[str, Any]:
    from tflitekit.report.bench_schema import bench_schema

    return bench_schema()


def _baseline() -> dict[str, Any]:
    from tflitekit.baseline.file import SCHEMA, BaselineDocument
    from tflitekit.report.json_schema import document_schema

    return document_schema(BaselineDocument, SCHEMA, sparse=True)


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "settings": _settings,
    "check": _check,
    "bench": _bench,
    "baseline": _baseline,
}
"""What makes each schema, by the name that `tflitekit schema` takes."""

FILES: Mapping[str, str] = {
    "settings": "tflitekit.schema.json",
    "check": "check.schema.json",
    "bench": "bench.schema.json",
    "baseline": "baseline.schema.json",
}
"""Where each schema is published in `docs/schemas`."""
