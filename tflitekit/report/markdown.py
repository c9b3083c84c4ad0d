"""What `check` found as Markdown for a pull request, a merge request or a step's summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tflitekit.gates.measurement import Measurement
from tflitekit.gates.report import CheckedModel, CheckReport
from tflitekit.gates.verdict import Outcome, Verdict, worst_first
from tflitekit.report.markdown_text import code, in_html, prose, row
from tflitekit.report.verdict_text import (
    FILE,
    change_text,
    observed_text,
    pair_texts,
    setting_text,
    summary_text,
)

LONGEST = 60_000
"""Characters; GitHub takes 65,536 in a comment."""

_SIGNS: Mapping[Outcome, str] = {"failed": "❌", "inconclusive": "❔", "passed": "✅"}
_GATES = ("", "model", "quantity", "device", "observed", "baseline", "change", "limit", "reason")
_MEASURED = ("quantity", "device", "measured", "what it is", "under")


def markdown(report: CheckReport) -> str:
    """A summary line, a table of the gates with the worst first, and all else folded away.

    Where that is too long, the details go first, then gates from the end; a sentence tells.
    """
    verdicts = worst_first(report.verdicts)
    details = "".join(map(_details, report.models))
    whole = _gates(report, verdicts) + details
    if len(whole) <= LONGEST:
        return whole
    shown = len(verdicts)
    while shown and len(text := _gates(report, verdicts[:shown])) > LONGEST:
        shown = shown * LONGEST // (len(text) + 1)
    left_out = len(verdicts) - shown
    told = f"{left_out} more gates and the details" if left_out else "The details"
    return _gates(report, verdicts[:shown]) + f"\n{told} are left out: the report is too long.\n"


def _gates(report: CheckReport, verdicts: Sequence[Verdict]) -> str:
    title = f"### {_SIGNS[report.outcome]} tflitekit check: {summary_text(report.verdicts)}\n\n"
    commit = f" at {code(report.commit)}" if report.commit else ""
    origin = f"{code(report.settings)}{commit}, tflitekit {prose(report.version)}\n\n"
    table = _table(_GATES, map(_gate, verdicts)) if verdicts else ""
    return title + origin + table


def _gate(verdict: Verdict) -> tuple[str, ...]:
    """One limit, in the order of `_GATES`."""
    return (
        _SIGNS[verdict.outcome],
        code(verdict.model),
        verdict.quantity,
        _device(verdict.device),
        *pair_texts(verdict.observed, verdict.baseline),
        change_text(verdict.observed, verdict.baseline),
        prose(verdict.limit),
        prose(verdict.reason),
    )


def _details(model: CheckedModel) -> str:
    """Everything that was measured of one model, and its warnings; a fold."""
    summary = f"<summary>{in_html(model.name)}: everything that was measured</summary>"
    digest = f", SHA-256 {code(model.sha256)}" if model.sha256 else ""
    origin = f"{code(model.file)}{digest}\n\n"
    warnings = "".join(f"- ⚠️ {prose(text)}\n" for text in model.warnings)
    table = _table(_MEASURED, map(_measured, model.measurements)) if model.measurements else ""
    return f"\n<details>\n{summary}\n\n{origin}{table}\n{warnings}\n</details>\n"


def _measured(one: Measurement) -> tuple[str, ...]:
    """One value, in the order of `_MEASURED`."""
    under = filter(None, (setting_text(one.setting), *(f"void: {tag}" for tag in one.void)))
    return (
        one.quantity,
        _device(one.device),
        observed_text(one),
        one.about.meaning,
        prose(", ".join(under)),
    )


def _device(device: str | None) -> str:
    return FILE if device is None else code(device)


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    return row(header) + row(tuple("---" for _ in header)) + "".join(map(row, rows))
