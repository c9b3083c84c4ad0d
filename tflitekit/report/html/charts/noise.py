"""The signal to quantization noise of layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tflitekit.report.html.charts.style import (
    LINE,
    MUTED,
    PAGE,
    SERIES,
    TIP,
    chart,
    of_field,
    row_names,
)
from tflitekit.report.html.content import Spec

_ROW = 20  # pixels
_NAME = 22  # characters


@dataclass(frozen=True)
class LayerNoise:
    """A layer.

    Attributes:
        name: of it.
        alone_db: of the model's output, where only this layer is integer.
        within_db: of its own output in the whole integer model; None where it has none.
    """

    name: str
    alone_db: float
    within_db: float | None


def layer_sqnr(layers: Sequence[LayerNoise], output_db: float | None, width: int) -> Spec:
    """Two points a layer, in the order given; a line where the whole model's output lies."""
    labels = _unique([one.name for one in layers])
    rows = [
        {"layer": label, "alone": one.alone_db, "within": one.within_db, "tip": _tip(one)}
        for label, one in zip(labels, layers, strict=True)
    ]
    y = row_names("layer", grid=True, labelLimit=160)
    x = {"title": "signal to noise (dB); to the left is worse", "scale": {"zero": False}}
    span = {
        "transform": [{"filter": "isValid(datum.within)"}],
        "mark": {"type": "rule", "color": LINE, "strokeWidth": 2, "aria": False},
        "encoding": {"x": of_field("alone", **x), "x2": {"field": "within"}},
    }
    within = {
        "transform": [{"filter": "isValid(datum.within)"}],
        "mark": _POINT | {"shape": "diamond", "fill": PAGE, "stroke": SERIES[1]},
        "encoding": {"x": of_field("within", **x), "description": TIP},
    }
    alone = {
        "mark": _POINT | {"shape": "circle", "fill": SERIES[1], "stroke": SERIES[1]},
        "encoding": {"x": of_field("alone", **x), "description": TIP},
    }
    layer = [span, within, alone]
    if output_db is not None:
        layer.insert(0, _line(output_db, x))
    return chart(width, rows, height={"step": _ROW}, encoding={"y": y}, layer=layer)


def _line(output_db: float, x: Spec) -> Spec:
    return {
        "data": {"values": [{"db": output_db, "tip": f"the whole model: {output_db:.1f} dB"}]},
        "mark": {"type": "rule", "color": MUTED, "strokeDash": [4, 3]},
        "encoding": {"x": of_field("db", **x), "y": None, "description": TIP},
    }


def _tip(one: LayerNoise) -> str:
    within = "" if one.within_db is None else f", within the model {one.within_db:.1f} dB"
    return f"{one.name}: alone {one.alone_db:.1f} dB{within}"


def _unique(names: Sequence[str]) -> list[str]:
    """Names of about `_NAME` characters, no two alike: the ends tell layers apart."""
    labels: list[str] = []
    for name in names:
        short = name if len(name) <= _NAME else f"…{name[1 - _NAME :]}"
        times = sum(label.split(" #")[0] == short for label in labels)
        labels.append(f"{short} #{times + 1}" if times else short)
    return labels


_POINT = {"type": "point", "filled": True, "size": 52, "strokeWidth": 1.5, "opacity": 1}
