"""What `check` found as JSON, its schema, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tflitekit.errors import DataError
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


def read_check(path: Path) -> CheckReport:
    """A report that was written as JSON.

    Raises:
        DataError: it cannot be read, or is no report of this version.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        text = path.read_bytes()
        _require_version(json.loads(text), path)
        return TypeAdapter(CheckReport).validate_json(text, strict=True)
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _no_report(f"{place or 'the document'}: {first['msg']}", path) from error
    except (ValueError, RecursionError) as error:
        raise _no_report(str(error), path) from error


def _require_version(document: Any, path: Path) -> None:
    found = document.get("schema") if isinstance(document, dict) else None
    if found != SCHEMA:
        raise _no_report(f"its schema is {found!r}, this version reads {SCHEMA!r}", path)


def _no_report(why: str, path: Path) -> DataError:
    return DataError(
        f"is no report of a check ({why})",
        where=str(path),
        hint="`tflitekit check --report FILE.json` writes one",
    )
