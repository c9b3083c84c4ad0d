"""Bars that start at zero: sizes, latencies, bandwidths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tflitekit.report.html.charts.style import (
    TEXT,
    TIP,
    chart,
    of_field,
    row_names,
    series_colour,
)
from tflitekit.report.html.content import Spec

_ROW, _NAME, _TEXT = 34, 120, 80  # pixels; of a name and a value, about

BAR_NAMES = row_names("label", labelFontSize=12, labelLimit=130, labelPadding=8)
"""The vertical channel of bars, whose rows have a `label`."""


@dataclass(frozen=True)
class Bar:
    """A bar.

    Attributes:
        label: before it.
        value: its length.
        text: the value with its unit, behind it.
        series: the number of its colour.
        interval: of 95 %; None for none.
    """

    label: str
    value: float
    text: str
    series: int
    interval: tuple[float, float] | None = None


def bars(entries: Sequence[Bar], width: int) -> Spec:
    """Bars one below the other, each with its value and its interval. The values are the axis."""
    rows: list[dict[str, Any]] = [
        {
            "label": bar.label,
            "value": bar.value,
            "text": bar.text,
            "series": bar.series,
            "low": bar.interval[0] if bar.interval else bar.value,
            "high": bar.interval[1] if bar.interval else bar.value,
            "tip": f"{bar.label}: {bar.text}",
        }
        for bar in entries
    ]
    longest = max((row["high"] for row in rows), default=1.0) or 1.0
    room = 1 / (1 - _TEXT / (width - _NAME))
    x = of_field("value", axis=None, scale={"domain": [0, longest * room], "nice": False})
    end = {"type": "text", "align": "left", "baseline": "middle", "dx": 6, "color": TEXT}
    return chart(
        width,
        rows,
        height={"step": _ROW},
        encoding={"y": BAR_NAMES, "description": TIP},
        layer=[
            {
                "mark": {"type": "bar", "height": 18},
                "encoding": {"x": x, "color": series_colour()},
            },
            {
                "mark": {"type": "rule", "color": TEXT, "strokeWidth": 1.5},
                "encoding": {"x": of_field("low", scale=x["scale"]), "x2": {"field": "high"}},
            },
            {
                "mark": end | {"fontWeight": 600, "fontSize": 12},
                "encoding": {"x": of_field("high"), "text": {"field": "text"}},
            },
        ],
    )
