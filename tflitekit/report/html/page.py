"""The page: parts, style and script put into one file that asks for nothing else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from tflitekit.gates.report import CheckReport
from tflitekit.report.html.content import Chart
from tflitekit.report.html.drawing import draw
from tflitekit.report.html.parts import model_parts
from tflitekit.report.html.sections.verdicts import verdicts_section
from tflitekit.report.one_line import one_line

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"

WIDTHS = {"wide": 520, "narrow": 318}
"""Of charts in pixels, by the class of the screen: half a page, and a phone of 390 pixels."""


def page(report: CheckReport) -> str:
    """Everything that is known of the models, as HTML that works offline and without scripts.

    Names of models and layers are untrusted text: templates escape, and the policy of the page
    runs no script but its own.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawn"] = _drawn
    style, script = ((TEMPLATES / name).read_text() for name in ("page.css", "page.js"))
    models = model_parts(report)
    return environment.get_template("page.html").render(
        report=report,
        verdicts=verdicts_section(report.verdicts),
        title=", ".join(model.name for model in models) or "nothing was checked",
        models=models,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
    )


def _printable(value: object) -> object:
    """Text from outside on one line and without control characters."""
    from markupsafe import Markup

    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _drawn(chart: Chart) -> Markup:
    """The chart in all widths; the style sheet shows the one that fits."""
    from markupsafe import Markup

    drawings = (
        draw(chart.draw(width), chart.caption, f"chart {name}") for name, width in WIDTHS.items()
    )
    return Markup("").join(map(Markup, drawings))


def _policy(style: str, script: str) -> str:
    """A Content-Security-Policy by which nothing is loaded and nothing else runs."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
