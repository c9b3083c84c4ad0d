"""What a cold process does before its first answer, and the memory that it takes meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tflitekit.report.html.charts.bars import BAR_NAMES
from tflitekit.report.html.charts.style import (
    TIP,
    chart,
    line_and_points,
    of_field,
    series_colour,
)
from tflitekit.report.html.charts.times import in_title, time_unit
from tflitekit.report.html.content import Spec
from tflitekit.units import format_bytes, format_us

_ROW = 34  # pixels
_LIGHTEST = 0.3

Phases = Sequence[tuple[str, int, Mapping[str, float]]]
"""Of each model its label, the number of its colour, and values by phase."""


def start_up(models: Phases, width: int) -> Spec:
    """The phases of a cold start (us) end to end, each darker than the one before."""
    scale, unit = time_unit(sum(values.values()) for _, _, values in models)
    rows = []
    for label, series, values in models:
        begin = 0.0
        for number, (phase, us) in enumerate(values.items()):
            shade = _LIGHTEST + (1 - _LIGHTEST) * number / max(len(values) - 1, 1)
            rows.append(
                {
                    "label": label,
                    "begin": begin / scale,
                    "end": (begin + us) / scale,
                    "shade": shade,
                    "series": series,
                    "tip": f"{label}, {phase}: {format_us(us)}",
                }
            )
            begin += us
    return chart(
        width,
        rows,
        height={"step": _ROW},
        mark={"type": "bar", "height": 18},
        encoding={
            "x": of_field("begin", title=in_title("since the start", unit)),
            "x2": {"field": "end"},
            "y": BAR_NAMES,
            "color": series_colour(),
            "opacity": of_field("shade", scale=None, legend=None),
            "description": TIP,
        },
    )


def memory(models: Phases, width: int) -> Spec:
    """The memory of a process (bytes) by moment."""
    moments = list(models[0][2])
    rows = [
        {
            "moment": moment,
            "mb": size / 1e6,
            "series": series,
            "tip": f"{label}, {moment}: {format_bytes(size)}",
        }
        for label, series, values in models
        for moment, size in values.items()
    ]
    axis = {"labelAngle": 0, "grid": False, "labelPadding": 6}
    return chart(
        width,
        rows,
        height=170,
        encoding={
            "x": of_field("moment", "ordinal", sort=moments, title=None, axis=axis),
            "y": of_field("mb", title="memory of the process, PSS (MB)", axis={"tickCount": 5}),
            "color": series_colour(),
            "description": TIP,
        },
        layer=line_and_points(48),
    )
