"""What is in the file: its inputs and outputs, its ops, and what stands for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tflitekit.report.html.content import Cell, Column, Facts, Section, Table
from tflitekit.report.model_table import model_facts

_TYPES = Column("types", numeric=False)
_OP = Column("op", numeric=False)


def inside_section(summary: Mapping[str, Any] | None) -> Section | None:
    """The facts of `inspect` and its table of ops."""
    if not summary:
        return None
    facts = tuple((name, text) for name, text in model_facts(summary) if name)
    rows = tuple(
        (Cell(op["name"]), Cell(", ".join(op["dtypes"])), Cell(str(op["count"]), op["count"]))
        for op in summary["ops"]
    )
    table = Table((_OP, _TYPES, Column("count")), rows, "Ops", sortable=True)
    return Section("In the file", (Facts(facts), table))


def patched_section(summary: Mapping[str, Any] | None) -> Section | None:
    """The kernels of ours that stand for patterns of ops."""
    if not summary or not summary["replacements"]:
        return None
    found = summary["replacements"]
    columns = (
        Column("kernel", numeric=False),
        Column("instead of", numeric=False),
        Column("times"),
    )
    return Section(
        "What was recognised",
        (Table(columns, tuple(_patched(found)), sortable=True),),
        "Custom ops, which an app gets by `tflitekit kernels export`, and what they stand for.",
    )


def _patched(found: list[Mapping[str, Any]]) -> Iterator[tuple[Cell, ...]]:
    for one in found:
        yield (
            Cell(one["kernel"]),
            Cell(", ".join(one["instead_of"]) or "what came as it is"),
            Cell(str(one["count"]), one["count"]),
        )
