"""The JSON schemas of everything that others write for us or read from us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _settings() -> dict[str, Any]:
    from tflitekit.project.schema import settings_schema

    return settings_schema()


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {"settings": _settings}
"""What makes each schema, by the name that `tflitekit schema` takes."""

FILES: Mapping[str, str] = {"settings": "tflitekit.schema.json"}
"""Where each schema is published in `docs/schemas`."""
