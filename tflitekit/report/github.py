"""What `check` found as GitHub's workflow commands, which show it beside the changed files.

GitHub shows ten errors and ten warnings of a step; the rest is in the log and in the step's
summary, which is `markdown`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from tflitekit.gates.report import CheckReport
from tflitekit.gates.verdict import Outcome, Verdict
from tflitekit.report.one_line import plain
from tflitekit.report.verdict_text import gate_text, summary_text
from tflitekit.report.workflow_commands import command

LineOf = Callable[[Verdict], int | None]
"""The line of the settings that has the limit, from 1; None where nobody knows."""

_LEVELS: Mapping[Outcome, Literal["error", "warning"]] = {
    "failed": "error",
    "inconclusive": "warning",
}


def github(report: CheckReport, line_of: LineOf = lambda verdict: None) -> str:
    """A command a line: an error for each failed gate, a warning for what is inconclusive."""
    commands = [*_gates(report, line_of), *_warnings(report)]
    return "".join(f"{one}\n" for one in commands)


def _gates(report: CheckReport, line_of: LineOf) -> Iterator[str]:
    """All errors first, for GitHub shows only some."""
    for outcome, level in _LEVELS.items():
        for verdict in report.verdicts:
            if verdict.outcome == outcome:
                yield command(
                    level,
                    f"{outcome}: {verdict.reason} (limit: {verdict.limit})",
                    file=report.settings,
                    line=str(line_of(verdict) or ""),
                    title=f"{plain(verdict.model)}: {gate_text(verdict)}",
                )


def _warnings(report: CheckReport) -> Iterator[str]:
    for model in report.models:
        for text in model.warnings:
            yield command("warning", text, file=report.settings, title=plain(model.name))
    if report.outcome == "passed":
        yield command("notice", summary_text(report.verdicts), title="tflitekit check")
