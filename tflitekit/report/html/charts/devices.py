"""One model on several devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tflitekit.report.html.charts.style import (
    TIP,
    chart,
    log_channel,
    of_field,
    padded,
    row_names,
    series_colour,
    series_shape,
)
from tflitekit.report.html.charts.times import in_title, time_unit
from tflitekit.report.html.content import Spec
from tflitekit.units import format_us

_ROW = 34  # pixels
_ROOM = 1.25


@dataclass(frozen=True)
class Timed:
    """A model's latency on a device.

    Attributes:
        device, label: of the device and the model.
        series: the number of the model's colour.
        us: the median.
        interval: of 95 %; None for none.
    """

    device: str
    label: str
    series: int
    us: float
    interval: tuple[float, float] | None


def latency_by_device(times: Sequence[Timed], width: int) -> Spec:
    """A row a device, a point a model, on a logarithmic axis: equal steps are equal ratios."""
    low, high = padded((one.us for one in times), _ROOM)
    scale, unit = time_unit([high])
    rows = [
        {
            "device": one.device,
            "us": one.us / scale,
            "low": (one.interval[0] if one.interval else one.us) / scale,
            "high": (one.interval[1] if one.interval else one.us) / scale,
            "series": one.series,
            "tip": f"{one.label} on {one.device}: {format_us(one.us)}",
        }
        for one in times
    ]
    axis = log_channel(low / scale, high / scale)
    title = in_title("median", unit)
    y = row_names("device", grid=True, labelLimit=150)
    return chart(
        width,
        rows,
        height={"step": _ROW},
        encoding={"y": y, "color": series_colour(), "description": TIP},
        layer=[
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"x": of_field("low", title=title, **axis), "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"x": of_field("us", title=title, **axis), "shape": series_shape()},
            },
        ],
    )
