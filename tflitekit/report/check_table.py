"""What `check` found, as rows for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from tflitekit.gates.report import CheckReport
from tflitekit.report.one_line import harmless, plain
from tflitekit.report.verdict_text import FILE, observed_text, summary_text

HEADER = ("model", "quantity", "device", "observed", "limit", "outcome", "reason")


def check_title(report: CheckReport) -> str:
    """The settings and the number of gates of each outcome."""
    commit = f" at {plain(report.commit)}" if report.commit else ""
    return harmless(f"{plain(report.settings)}{commit}: {summary_text(report.verdicts)}")


def check_rows(report: CheckReport) -> Iterator[tuple[str, ...]]:
    """One row a limit, in the order of `HEADER`."""
    for verdict in report.verdicts:
        cells = (
            plain(verdict.model),
            verdict.quantity,
            FILE if verdict.device is None else plain(verdict.device),
            observed_text(verdict.observed),
            verdict.limit,
            verdict.outcome,
            verdict.reason,
        )
        yield tuple(map(harmless, cells))
