"""The roofline: what is attained, over what an op computes for each byte that it moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tflitekit.report.html.charts.style import (
    MUTED,
    PAGE,
    TIP,
    chart,
    log_channel,
    of_field,
    padded,
    series_colour,
    series_shape,
)
from tflitekit.report.html.content import Spec

_HEIGHT = 260
_ROOM = 1.6
_OP, _MODEL = 30, 160  # square pixels


@dataclass(frozen=True)
class Point:
    """A model or one of its ops.

    Attributes:
        name: of it.
        intensity: multiply-accumulates a byte.
        gmacs: attained, 10^9 a second.
        series: the number of its colour.
        whole: whether it is the model.
        tip: what is told of it.
    """

    name: str
    intensity: float
    gmacs: float
    series: int
    whole: bool
    tip: str


@dataclass(frozen=True)
class ComputeRoof:
    """The most that arithmetic of one kind reaches.

    Attributes:
        name: of it.
        gmacs: 10^9 multiply-accumulates a second.
    """

    name: str
    gmacs: float


def roofline(
    points: Sequence[Point], gbps: float | None, roofs: Sequence[ComputeRoof], width: int
) -> Spec:
    """Points below the roof of the memory, a slope, and those of arithmetic, levels.

    Args:
        points: at least one, all above 0.
        gbps: the memory's peak; None where it is not known.
        roofs: of arithmetic, as far as known.
        width: in pixels.
    """
    ridges = [roof.gmacs / gbps for roof in roofs] if gbps else []
    beyond = [2 * ridge for ridge in ridges]  # room for the labels of the levels
    left, right = padded([point.intensity for point in points] + ridges + beyond, _ROOM)
    heights = [point.gmacs for point in points] + [roof.gmacs for roof in roofs]
    bottom, top = padded(heights + ([gbps * right] if gbps and not roofs else []), _ROOM)
    x = of_field("x", title="multiply-accumulates a byte", **log_channel(left, right))
    y = of_field("y", title="10⁹ multiply-accumulates a second", **log_channel(bottom, top))
    begin, end = (max(left, bottom / gbps), min(right, top / gbps)) if gbps else (left, right)
    layer = [_slope(gbps, begin, end, min([end, *ridges]))] if gbps else []
    layer += [_level(roof, left, right, gbps) for roof in roofs]
    return chart(
        width,
        [_row(point) for point in sorted(points, key=lambda point: point.whole)],
        height=_HEIGHT,
        encoding={"x": x, "y": y},
        layer=[*layer, _POINTS],
    )


def _row(point: Point) -> Spec:
    return {
        "x": point.intensity,
        "y": point.gmacs,
        "series": point.series,
        "size": _MODEL if point.whole else _OP,
        "tip": point.tip,
    }


def _slope(gbps: float, begin: float, end: float, corner: float) -> Spec:
    """The memory's roof within the frame, for a line that leaves it would be bent by clamping.

    Its label stands left of the first corner, where no other roof is.
    """
    text = f"memory: {gbps:.3g} GB/s"
    middle = math.sqrt(begin * max(begin, corner))
    label = {"x": middle, "y": gbps * middle, "text": text}
    return _line([(at, gbps * at) for at in (begin, end)], label, {"align": "left", "dx": 8})


def _level(roof: ComputeRoof, left: float, right: float, gbps: float | None) -> Spec:
    """A roof of arithmetic, from where the memory allows it."""
    begin = min(max(left, roof.gmacs / gbps), right) if gbps else left
    text = f"{roof.name}: {roof.gmacs:.3g} GMAC/s"
    label = {"x": right, "y": roof.gmacs, "text": text}
    return _line([(at, roof.gmacs) for at in (begin, right)], label, {"align": "right", "dx": -2})


def _line(ends: Sequence[tuple[float, float]], label: Spec, place: Spec) -> Spec:
    """A roof; its label stands below it, where no roof is."""
    text = {"type": "text", "baseline": "top", "dy": 6, "color": MUTED, "aria": False}
    return {
        "layer": [
            {
                "data": {"values": [{"x": x, "y": y, "tip": label["text"]} for x, y in ends]},
                "mark": {"type": "line", "color": MUTED, "strokeWidth": 1.5},
                "encoding": {"description": TIP},
            },
            {
                "data": {"values": [label]},
                "mark": {**text, **place},
                "encoding": {"text": {"field": "text"}},
            },
        ]
    }


_POINTS = {
    "mark": {"type": "point", "filled": True, "stroke": PAGE, "strokeWidth": 0.8, "opacity": 0.9},
    "encoding": {
        "color": series_colour(),
        "shape": series_shape(),
        "size": of_field("size", scale=None, legend=None),
        "description": TIP,
    },
}
