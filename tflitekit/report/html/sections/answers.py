"""How right the answers are, and how far they agree with others."""

from __future__ import annotations

from collections.abc import Iterator

from tflitekit.report.agreement_table import difference_text, share_text
from tflitekit.report.html.content import Cell, Column, Row, Section, Table
from tflitekit.report.html.subjects import Bench
from tflitekit.report.html.words import NOTHING, name_cell, score

_ACCURACY = (
    Column("model", numeric=False),
    Column("metric", numeric=False),
    Column("value"),
    Column("samples"),
)
_AGREEMENT = (
    Column("model", numeric=False),
    Column("against", numeric=False),
    Column("output", numeric=False),
    Column("samples"),
    Column("equal to the bit"),
    Column("largest difference"),
    Column("mean difference"),
    Column("same top-1"),
)


def answers_section(bench: Bench) -> Section | None:
    """Accuracy by the metric, and agreement output by output."""
    accuracy = tuple(
        (
            Cell(one.label),
            Cell(found["metric"]),
            Cell(score(one.result)),
            Cell(str(found["n"])),
        )
        for one in bench.subjects
        if (found := one.result["accuracy"])
    )
    agreement = tuple(_agreement(bench))
    tables = (Table(_ACCURACY, accuracy), Table(_AGREEMENT, agreement, "Agreement"))
    blocks = tuple(table for table in tables if table.rows)
    return Section("Accuracy and agreement", blocks) if blocks else None


def _agreement(bench: Bench) -> Iterator[Row]:
    for one in bench.subjects:
        for found in one.result["agreement"]:
            for output in found["outputs"]:
                yield (
                    Cell(one.label),
                    Cell(found["against"]),
                    name_cell(output["output"]),
                    Cell(str(found["samples"])),
                    _percent(output["exact"]),
                    _difference(output["largest"], output["unit"]),
                    _difference(output["mean"], output["unit"]),
                    _percent(output["same_top1"]),
                )


def _percent(share: float | None) -> Cell:
    return NOTHING if share is None else Cell(share_text(share), share)


def _difference(value: float | None, unit: str) -> Cell:
    return Cell(difference_text(value, unit), value)
