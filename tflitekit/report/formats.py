"""The forms that a check's report can be had in: one table for options, tests and documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tflitekit.gates.report import CheckReport
from tflitekit.report.check_json import check_text
from tflitekit.report.github import github
from tflitekit.report.gitlab_metrics import gitlab_metrics
from tflitekit.report.junit import junit
from tflitekit.report.markdown import markdown


@dataclass(frozen=True)
class Format:
    """One form.

    Attributes:
        name: short; its option is `--name`.
        write: gives the text.
        suffix: of a file of it; empty where it goes to the log.
        meaning: a phrase for people.
    """

    name: str
    write: Callable[[CheckReport], str]
    suffix: str
    meaning: str

    def encode(self, report: CheckReport) -> bytes:
        """The file's contents: UTF-8, with a ? for what no text can hold."""
        return self.write(report).encode("utf-8", "replace")


def _page(report: CheckReport) -> str:
    """Loaded only where it is asked for: charts need much that nothing else does."""
    from tflitekit.report.html.page import page

    return page(report)


_TABLE = (
    Format("report", check_text, ".json", "JSON with a [schema](docs/schemas/check.schema.json)"),
    Format("junit", junit, ".xml", "JUnit XML: a test case for each model, device and quantity"),
    Format("markdown", markdown, ".md", "for a pull request: gates, changes, details folded"),
    Format("gitlab", gitlab_metrics, ".txt", "OpenMetrics text for GitLab's metrics report"),
    Format("html", _page, ".html", "one page with everything, readable offline"),
    Format("github", github, "", "GitHub's annotations in the log, and the step's summary"),
)

FORMATS: Mapping[str, Format] = {one.name: one for one in _TABLE}
