"""How the model was made, so that it can be made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tflitekit.gates.report import CheckedModel
from tflitekit.report.html.content import Facts, Section

_PARTS = ("source", "data", "recipe")
"""Members of a manifest that say where the model comes from, a row a member."""


def making_section(model: CheckedModel) -> Section:
    """The file and its hash, the recipe, and what its manifest tells besides."""
    rows = [("file", model.file), ("SHA-256", model.sha256)]
    rows += [(f"recipe: {name}", text) for name, text in _told(model.quantization or {})]
    manifest = model.manifest or {}
    for part in _PARTS:
        rows += [(f"{part}: {name}", text) for name, text in _told(manifest.get(part))]
    if "versions" in manifest:
        rows.append(("versions", _text(manifest["versions"])))
    return Section("How it was made", (Facts(tuple(rows)),))


def _told(members: Any) -> Iterator[tuple[str, str]]:
    """What is said by members that are not empty."""
    if isinstance(members, Mapping):
        for name, value in members.items():
            if value not in (None, "", [], {}):
                yield name.replace("_", " "), _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items() if one is not None)
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
