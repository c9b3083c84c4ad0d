"""JSON schemas for tests."""

from __future__ import annotations

import copy
from typing import Any


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with no member allowed that it does not name."""
    made = copy.deepcopy(schema)
    for kind in (made, *made.get("$defs", {}).values()):
        kind["additionalProperties"] = False
    return made
