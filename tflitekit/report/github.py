"""What `check` found as GitHub's workflow commands, which show it beside the changed files.

GitHub shows ten errors and ten warnings of a step; the rest is in the log and in the step's
summary, which is `markdown`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from tflitekit.gates.report import CheckReport
from tflitekit.gates.verdict import Outcome, Verdict
from tflitekit.report.verdict_text import gate_text, plain, summary_text

Lines = Mapping[tuple[str, str], int]
"""By model and quantity, the line of the settings that has the limit; the first is 1."""

_LEVELS: Mapping[Outcome, Literal["error", "warning"]] = {
    "failed": "error",
    "inconclusive": "warning",
}


def github(report: CheckReport, lines: Lines | None = None) -> str:
    """A command a line: an error for each failed gate, a warning for what is inconclusive."""
    commands = [*_gates(report, lines or {}), *_warnings(report)]
    return "".join(f"{command}\n" for command in commands)


def command(level: str, message: str, **properties: str) -> str:
    """One workflow command; nothing in `message` or `properties` can begin another.

    Args:
        level: error, warning or notice.
        message: what is shown, of any number of lines.
        **properties: such as file, line and title; empty ones are left out.
    """
    told = ",".join(f"{name}={escape_property(text)}" for name, text in properties.items() if text)
    return f"::{level}{' ' if told else ''}{told}::{escape_message(message)}"


def escape_message(text: str) -> str:
    """A message as the runner decodes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A property's value as the runner decodes it."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")


def _gates(report: CheckReport, lines: Lines) -> Iterator[str]:
    for outcome, level in _LEVELS.items():
        for verdict in report.verdicts:
            if verdict.outcome == outcome:
                line = lines.get((verdict.model, verdict.quantity))
                yield command(
                    level,
                    f"{outcome}: {verdict.reason} (limit: {verdict.limit})",
                    file=report.settings,
                    line=str(line or ""),
                    title=_title(verdict),
                )


def _warnings(report: CheckReport) -> Iterator[str]:
    for model in report.models:
        for text in model.warnings:
            yield command("warning", text, file=report.settings, title=plain(model.name))
    if report.outcome == "passed":
        yield command("notice", summary_text(report), title="tflitekit check")


def _title(verdict: Verdict) -> str:
    return f"{plain(verdict.model)}: {gate_text(verdict)}"
