"""What became of the limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tflitekit.gates.quantities import QUANTITIES
from tflitekit.gates.verdict import Verdict, worst_first
from tflitekit.report.html.content import Cell, Column, Section, Table
from tflitekit.report.html.words import NOTHING
from tflitekit.report.verdict_text import change_text, pair_texts, setting_text, summary_text

_COLUMNS = tuple(
    Column(name, numeric=False)
    for name in ("verdict", "model", "what", "where", "observed", "limit", "baseline", "why")
)


def verdicts_section(verdicts: Sequence[Verdict]) -> Section | None:
    """All limits, the failed ones first."""
    if not verdicts:
        return None
    rows = tuple(map(_row, worst_first(verdicts)))
    table = _without_empty(Table(_COLUMNS, rows, stacked=True))
    return Section("Verdicts", (table,), summary_text(verdicts))


def _without_empty(table: Table) -> Table:
    """The table without columns in which nothing stands, such as the baseline's."""
    kept = [
        place
        for place in range(len(table.columns))
        if any(row[place] != NOTHING for row in table.rows)
    ]
    columns = tuple(table.columns[place] for place in kept)
    rows = tuple(tuple(row[place] for place in kept) for row in table.rows)
    return replace(table, columns=columns, rows=rows)


def _row(verdict: Verdict) -> tuple[Cell, ...]:
    observed, baseline = verdict.observed, verdict.baseline
    was, before = pair_texts(observed, baseline)
    return (
        Cell(verdict.outcome, mark=verdict.outcome),
        Cell(verdict.model),
        Cell(verdict.quantity, detail=QUANTITIES[verdict.quantity].meaning),
        Cell(verdict.device or "–", detail=setting_text(observed.setting) if observed else ""),
        Cell(was if observed else "not measured"),
        Cell(verdict.limit),
        Cell(f"{before} ({change_text(observed, baseline)})" if baseline else "–"),
        Cell(verdict.reason),
    )
