"""Imports go one way: pure <- edges <- pipeline <- cli."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "tflitekit"

LAYERS = (
    {"errors", "explorer", "progress", "abi", "cost", "suggest", "units", "__init__"},
    {"commit", "files", "json_document", "json_lines", "zip_member"},
    {"graph", "quantize.params", "quantize.rule"},
    {"devices.base", "devices.observation", "kernels", "data", "child"},
    {"devices", "frontend"},
    {"runtime"},
    {"quantize"},
    {"bench", "artifact"},
    {"gates"},
    {"baseline", "history"},
    {"project"},
    {"report"},
    {"pipeline", "doctor"},
    {"console", "cli"},
)
"""A module imports from its own layer and from those before it."""


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")


def layer(name):
    parts = name.removesuffix(".__init__").split(".")
    for length in range(len(parts), 0, -1):
        for number, members in enumerate(LAYERS):
            if ".".join(parts[:length]) in members:
                return number
    raise AssertionError(f"{name} has no layer")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tflitekit"):
            base = node.module.removeprefix("tflitekit").lstrip(".")
            for alias in node.names:
                yield ".".join(filter(None, (base, alias.name)))


@pytest.mark.parametrize(("path", "name"), list(modules()), ids=lambda value: str(value)[-40:])
def test_imports_go_one_way(path, name):
    for other in imported(path):
        known = other if other[0].islower() and not other.startswith("__") else "__init__"
        assert layer(known) <= layer(name), f"{name} imports {other}"
