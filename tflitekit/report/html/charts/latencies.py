"""How the times of single inferences are spread: over all of them, and start by start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.report.html.charts.style import (
    PAGE,
    TIP,
    chart,
    line_and_points,
    log_channel,
    of_field,
    padded,
    series_colour,
    series_shape,
)
from tflitekit.report.html.charts.times import in_title, time_unit
from tflitekit.report.html.content import Spec
from tflitekit.units import format_us

_MOST_BINS, _FEWEST_BINS = 72, 20
_TAILS = (0.5, 98)  # percentiles; what lies beyond is in the outermost bins
_ROOM = 1.06


@dataclass(frozen=True)
class Samples:
    """The raw samples of one model.

    Attributes:
        label: of the model.
        series: the number of its colour.
        starts: microseconds of every inference, one array a cold start.
        places: where each start stood among those of all models.
    """

    label: str
    series: int
    starts: tuple[NDArray[np.float64], ...]
    places: tuple[int, ...]

    @property
    def whole(self) -> NDArray[np.float64]:
        """Those of all starts."""
        return np.concatenate(self.starts)


def histogram(models: Sequence[Samples], width: int) -> Spec:
    """The share of all inferences by time, on a logarithmic axis; the median of each is a line."""
    low, high = _ends(models)
    scale, unit = time_unit([high])
    fewest = min(one.whole.size for one in models)
    bins = int(np.clip(2 * np.sqrt(fewest), _FEWEST_BINS, _MOST_BINS))
    edges = np.geomspace(low, high, bins + 1)
    rows = [row for one in models for row in _bins(one, edges, scale)]
    medians = [
        {
            "x": float(np.median(one.whole)) / scale,
            "series": one.series,
            "tip": f"{one.label}: median {format_us(float(np.median(one.whole)))}",
        }
        for one in models
    ]
    axis = log_channel(low / scale, high / scale)
    x = of_field("x", title=in_title("time of an inference", unit), **axis)
    y = of_field("share", title="share of inferences", axis={"format": "%", "tickCount": 4})
    return chart(
        width,
        rows,
        height=170,
        encoding={"x": x, "description": TIP},
        layer=[
            {
                "mark": {"type": "rect", "opacity": 0.8},
                "encoding": {
                    "x2": {"field": "x2"},
                    "y": y | {"stack": None},
                    "color": series_colour(),
                },
            },
            {
                "data": {"values": medians},
                "mark": {"type": "rule", "strokeWidth": 1.5, "strokeDash": [4, 3]},
                "encoding": {"color": series_colour()},
            },
        ],
    )


def starts(models: Sequence[Samples], width: int) -> Spec:
    """Every cold start in the order of the run: its median, and what half and 90 % of it take."""
    rows = [row for one in models for row in _starts(one)]
    low, high = padded((row[end] for row in rows for end in ("p5", "p95")), _ROOM)
    scale, unit = time_unit([high])
    for row in rows:
        for name in ("p5", "p25", "median", "p75", "p95"):
            row[name] /= scale
    axis = log_channel(low / scale, high / scale)
    title = in_title("time of an inference", unit)
    x = of_field(
        "place",
        title="cold starts, in the order of the run",
        axis={"tickMinStep": 1, "grid": False},
        scale={"zero": False, "nice": False, "padding": 12},
    )
    colour = {"color": series_colour()}

    def spread(first: str, last: str, thickness: float) -> Spec:
        return {
            "mark": {"type": "rule", "strokeWidth": thickness, "aria": False},
            "encoding": {"y": of_field(first, title=title, **axis), "y2": {"field": last}} | colour,
        }

    middle = {
        "mark": {
            "type": "point",
            "filled": True,
            "size": 42,
            "stroke": PAGE,
            "strokeWidth": 1,
            "opacity": 1,
        },
        "encoding": {"y": of_field("median", **axis), "shape": series_shape(), "description": TIP}
        | colour,
    }
    return chart(
        width,
        rows,
        height=170,
        encoding={"x": x},
        layer=[spread("p5", "p95", 1), spread("p25", "p75", 4), middle],
    )


def minutes(models: Sequence[tuple[str, int, Sequence[tuple[float, float]]]], width: int) -> Spec:
    """The median of each window of a long run.

    Args:
        models: of each its label, the number of its colour, and begin (s) and median (us) of its
            windows.
        width: in pixels.
    """
    scale, unit = time_unit(us for _, _, windows in models for _, us in windows)
    rows = [
        {
            "begin": begin / 60,
            "median": us / scale,
            "series": series,
            "tip": f"{label}, from {begin:g} s: {format_us(us)}",
        }
        for label, series, windows in models
        for begin, us in windows
    ]
    return chart(
        width,
        rows,
        height=170,
        encoding={
            "x": of_field("begin", title="minutes from the start", axis={"grid": False}),
            "y": of_field("median", title=in_title("median", unit), scale={"zero": True}),
            "color": series_colour(),
            "description": TIP,
        },
        layer=line_and_points(36),
    )


def _ends(models: Sequence[Samples]) -> tuple[float, float]:
    """Of the axis: most of every model, and some room where all samples are equal."""
    return padded(
        (end for one in models for end in np.percentile(one.whole, _TAILS).tolist()), _ROOM
    )


def _bins(one: Samples, edges: NDArray[np.float64], scale: float) -> list[dict[str, float | str]]:
    inside = np.clip(one.whole, edges[0], edges[-1])
    counts, _ = np.histogram(inside, edges)
    shares = counts / counts.sum()
    return [
        {
            "x": begin / scale,
            "x2": end / scale,
            "share": share,
            "series": one.series,
            "tip": f"{one.label}: {share:.1%} take {format_us(begin)} to {format_us(end)}",
        }
        for begin, end, share in zip(
            edges[:-1].tolist(), edges[1:].tolist(), shares.tolist(), strict=True
        )
        if share
    ]


def _starts(one: Samples) -> list[dict[str, Any]]:
    rows = []
    for place, samples in zip(one.places, one.starts, strict=True):
        p5, p25, median, p75, p95 = np.percentile(samples, (5, 25, 50, 75, 95)).tolist()
        spread = f"90 % in {format_us(p5)} to {format_us(p95)}"
        tip = f"{one.label}, start {place + 1}: median {format_us(median)}, {spread}"
        figures = {"p5": p5, "p25": p25, "median": median, "p75": p75, "p95": p95}
        rows.append({"place": place + 1, "series": one.series, "tip": tip} | figures)
    return rows
