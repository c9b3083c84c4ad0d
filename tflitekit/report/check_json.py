"""What `check` found as JSON, and its schema; `gates.report_file` reads it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from tflitekit.gates.report import SCHEMA, CheckReport
from tflitekit.gates.verdict import WORST_FIRST, worst
from tflitekit.report.json_schema import document_schema


def check_json(report: CheckReport) -> dict[str, Any]:
    """Everything that is known, and the outcome of all and of each model."""
    document = {"outcome": report.outcome, **asdict(report)}
    for model, checked in zip(document["models"], report.models, strict=True):
        model["outcome"] = worst(checked.verdicts)
    return {"schema": document.pop("schema"), **document}


def check_text(report: CheckReport) -> str:
    """`check_json` as a file."""
    return json.dumps(check_json(report), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def check_schema() -> dict[str, Any]:
    """The JSON schema of `check_json`."""
    schema = document_schema(CheckReport, SCHEMA)
    for holder in (schema, schema["$defs"]["CheckedModel"]):
        holder["properties"]["outcome"] = {
            "description": "The worst of its verdicts; passed where there are none.",
            "enum": list(WORST_FIRST),
            "type": "string",
        }
        holder["required"].append("outcome")
    return schema
