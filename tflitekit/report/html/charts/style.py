"""What all charts have in common: fonts, colours, series."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tflitekit.report.html.content import Spec

VEGA_LITE = "6.4"
SCHEMA = f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE}.json"

SERIES = tuple(f"var(--series-{number})" for number in range(5))
"""The first model is grey, the second has the accent; both differ in lightness, too."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
"""One a series, so that nothing depends on colour alone."""

TEXT, MUTED, LINE, PAGE = "var(--text)", "var(--muted)", "var(--line)", "var(--card)"

CONFIG: Mapping[str, Any] = {
    "font": "sans-serif",
    "background": None,
    "padding": 5,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": 11,
        "titleColor": MUTED,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "tickSize": 4,
    },
    "text": {"color": TEXT, "fontSize": 11},
}


def chart(width: int, rows: Sequence[Mapping[str, Any]], **members: Any) -> Spec:
    """A chart of `rows` that is `width` pixels wide in all.

    Args:
        width: axes and labels included.
        rows: the data.
        members: of the specification.
    """
    return {
        "$schema": SCHEMA,
        "width": width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(rows)},
        "config": CONFIG,
        **members,
    }


def series_colour(field: str = "series") -> dict[str, Any]:
    """The colour channel of marks that belong to a series, which `field` numbers."""
    return _by_series(field, SERIES)


def series_shape(field: str = "series") -> dict[str, Any]:
    """The shape channel of the same."""
    return _by_series(field, SHAPES)


def _by_series(field: str, values: Sequence[str]) -> dict[str, Any]:
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(range(len(values))), "range": list(values)},
        "legend": None,
    }


def row_names(field: str, **axis: Any) -> dict[str, Any]:
    """The vertical channel of a chart with a row for each name, in the order of the data."""
    bare = {"domain": False, "ticks": False, "labelColor": MUTED}
    return of_field(field, "nominal", sort=None, title=None, axis=bare | axis)


def line_and_points(size: int) -> list[Spec]:
    """The layers of values that follow each other; only the points have tooltips.

    Args:
        size: of a point, in square pixels.
    """
    point = {"type": "point", "filled": True, "size": size, "opacity": 1}
    return [
        {"mark": {"type": "line", "strokeWidth": 1.5, "aria": False}},
        {"mark": point, "encoding": {"shape": series_shape()}},
    ]


def of_field(field: str, kind: str = "quantitative", /, **members: Any) -> dict[str, Any]:
    """A channel that shows a field."""
    return {"field": field, "type": kind, **members}


def padded(values: Iterable[float], room: float) -> tuple[float, float]:
    """The ends of a logarithmic axis that has some room on either side of its values.

    Args:
        values: above 0.
        room: the ratio of an end and the outermost value.
    """
    ordered = sorted(values)
    return ordered[0] / room, ordered[-1] * room


def _log_scale(low: float, high: float) -> dict[str, Any]:
    return {"type": "log", "domain": [low, high], "nice": False, "clamp": True}


def log_channel(low: float, high: float) -> dict[str, Any]:
    """Scale and axis of a logarithmic channel from `low` to `high`, both above 0."""
    return {"scale": _log_scale(low, high), "axis": _log_axis(low, high)}


def _log_axis(low: float, high: float) -> dict[str, Any]:
    """Ticks at 1, 2, 5, 10 and so on; over many decades powers of ten only."""
    decades = math.log10(high / low)
    steps = next(steps for most, steps in _STEPS if decades < most)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [float(f"{step}e{power}") for power in powers for step in steps]
    inside = [value for value in values if low <= value <= high]
    return {"values": inside, "format": "~g", "labelOverlap": True}


_STEPS = ((0.8, (1, 1.5, 2, 3, 4, 5, 6, 8)), (3.5, (1, 2, 5)), (math.inf, (1,)))
"""Of a logarithmic axis in each decade, up to so many decades."""

TIP = {"field": "tip", "type": "nominal"}
"""The `description` channel of every mark."""
