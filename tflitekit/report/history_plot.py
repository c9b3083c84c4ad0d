"""The history over commits, as Vega-Lite charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tflitekit.baseline.baseline import Baseline
from tflitekit.errors import UsageError
from tflitekit.gates.quantities import QUANTITIES, Unit
from tflitekit.history.query import Entry
from tflitekit.report.html.charts.style import SCHEMA, VEGA_LITE
from tflitekit.report.html.drawing import draw, printable
from tflitekit.report.verdict_text import setting_text
from tflitekit.units import BYTES, COUNTS, TIMES, unit_of

SUFFIXES = (".svg", ".png", ".html")

Check = tuple[str, str | None]
"""Time and commit."""

_TITLE = "What checks measured, commit by commit"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ background: white; display: flex; flex-wrap: wrap; font-family: sans-serif; gap: 1em }}
svg {{ height: auto; max-width: 100% }}
</style>
</head>
<body>{charts}</body>
</html>
"""
_COLUMNS, _WIDTH, _HEIGHT = 2, 440, 160
_PNG_SCALE = 2.0
_THOUSANDS: Mapping[Unit, tuple[str, ...]] = {
    "bytes": BYTES,
    "count": COUNTS,
    "macs": COUNTS,
    "us": TIMES,
}
_VERSION_LABEL = "floor(datum.value / 1e6) + '.' + floor(datum.value % 1e6 / 1e3)"
_IS_VOID = "datum.void !== ''"
_ALIKE = {"field": "setting", "type": "nominal"}  # a line joins what was measured the same way
_TOLD = ("check", "time", "value", "low", "high", "setting", "void")


def check_suffix(path: Path) -> None:
    """Find out whether `plotted` can make a file of this name.

    Raises:
        UsageError: it cannot.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(
            "is no kind of plot", where=str(path), hint=f"End its name in {', '.join(SUFFIXES)}"
        )


def plotted(entries: Sequence[Entry], baseline: Baseline, suffix: str) -> bytes:
    """The plot as a file.

    Args:
        entries: what was measured, in order.
        baseline: what it is held to, drawn as lines.
        suffix: of `SUFFIXES`. A page holds no script and asks for nothing; points tell their
            figures.
    """
    import vl_convert

    spec = history_spec(entries, baseline)
    if suffix == ".html":
        charts = (draw(one, one["title"]["subtitle"], "chart") for one in spec["concat"])
        return _PAGE.format(title=_TITLE, charts="\n".join(charts)).encode()
    spec = printable(spec)
    if suffix == ".png":
        png: bytes = vl_convert.vegalite_to_png(
            spec, vl_version=VEGA_LITE, scale=_PNG_SCALE, allowed_base_urls=[]
        )
        return png
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    return svg.encode()


def history_spec(entries: Sequence[Entry], baseline: Baseline) -> dict[str, Any]:
    """The Vega-Lite specification: a chart for each quantity of each model, a line a device.

    Args:
        entries: what was measured, in order.
        baseline: what it is held to.
    """
    checks = _check_names(entries)
    present = {(one.model, one.measurement.quantity) for one in entries}
    charts = [
        (model, quantity)
        for model in sorted({model for model, _ in present})
        for quantity in QUANTITIES
        if (model, quantity) in present
    ]
    return {
        "$schema": SCHEMA,
        "background": "white",
        "columns": _COLUMNS,
        "concat": [_chart(*chart, entries, checks, baseline) for chart in charts],
        "resolve": {"scale": {"color": "independent"}},
    }


def _check_names(entries: Iterable[Entry]) -> dict[Check, str]:
    """What stands on the axis for each check: its commit, and the time where it has several."""
    checks = dict.fromkeys((entry.time, entry.commit) for entry in entries)
    short = {check: _short(check[1]) for check in checks}
    times = Counter(short.values())
    return {
        check: name if name and times[name] == 1 else f"{name} {check[0]}".strip()
        for check, name in short.items()
    }


def _short(commit: str | None) -> str:
    """Seven digits of a commit, and the "+" of changes to it."""
    return "" if commit is None else commit[:7] + ("+" if commit.endswith("+") else "")


def _chart(
    model: str,
    quantity: str,
    entries: Iterable[Entry],
    checks: Mapping[Check, str],
    baseline: Baseline,
) -> dict[str, Any]:
    shown = [one for one in entries if (one.model, one.measurement.quantity) == (model, quantity)]
    about = QUANTITIES[quantity]
    values = [one.measurement.value for one in shown]
    factor, unit = _display_unit(about.unit, max(map(abs, values)))
    y = {
        "field": "value",
        "type": "quantitative",
        "title": f"{quantity} ({unit})" if unit else quantity,
        "scale": {"zero": False},
        "axis": _version_axis(values) if about.unit == "version" else {},
    }
    has_intervals = any(one.measurement.interval for one in shown)
    return {
        "title": {"text": model, "subtitle": f"{quantity}: {about.meaning}", "anchor": "start"},
        "width": _WIDTH,
        "height": _HEIGHT,
        "data": {"values": [_row(one, checks, factor) for one in shown]},
        "encoding": {"color": _color(shown)},
        "layer": [
            *(_interval_layers(_x(checks), y) if has_intervals else ()),
            *_value_layers(_x(checks), y),
            _baseline_layer(shown, baseline, factor),
        ],
    }


def _x(checks: Mapping[Check, str]) -> dict[str, Any]:
    return {
        "field": "check",
        "type": "ordinal",
        "title": None,
        "scale": {"domain": list(checks.values())},
        "axis": {"labelOverlap": "greedy", "labelAngle": -45},
    }


def _version_axis(values: Iterable[float]) -> dict[str, Any]:
    return {"values": sorted(set(values)), "labelExpr": _VERSION_LABEL}


def _color(shown: Iterable[Entry]) -> dict[str, Any]:
    """One a device, with a legend where there is a device to name."""
    named = any(one.measurement.device is not None for one in shown)
    legend = {"title": None, "symbolOpacity": 1} if named else None
    return {"field": "device", "type": "nominal", "legend": legend}


def _interval_layers(x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    """The intervals as a band and as strokes."""
    known = [{"filter": "isValid(datum.low)"}]
    span = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    band = {"type": "area", "opacity": 0.25}
    return [
        {"transform": known, "mark": band, "encoding": {**span, "detail": _ALIKE}},
        {"transform": known, "mark": "rule", "encoding": span},
    ]


def _value_layers(x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    """The values as a line and as points; what is void has a large cross."""
    point = {
        "x": x,
        "y": y,
        "size": {"condition": {"test": _IS_VOID, "value": 140}, "value": 40},
        "shape": {"condition": {"test": _IS_VOID, "value": "cross"}, "value": "circle"},
        "tooltip": [{"field": name} for name in _TOLD],
    }
    return [
        {"mark": "line", "encoding": {"x": x, "y": y, "detail": _ALIKE}},
        {"mark": {"type": "point", "filled": True, "opacity": 1}, "encoding": point},
    ]


def _baseline_layer(shown: Sequence[Entry], baseline: Baseline, factor: float) -> dict[str, Any]:
    """A dashed line at what each device's values are held to."""
    values = []
    for device in dict.fromkeys(one.measurement.device for one in shown):
        found = baseline.find(shown[0].model, shown[0].measurement.quantity, device)
        if found is not None:
            values.append({"device": device or "", "value": found.value * factor})
    return {
        "data": {"values": values},
        "mark": {"type": "rule", "strokeDash": [6, 4]},
        "encoding": {"y": {"field": "value", "type": "quantitative"}},
    }


def _row(entry: Entry, checks: Mapping[Check, str], factor: float) -> dict[str, Any]:
    found = entry.measurement
    low, high = found.interval or (None, None)
    return {
        "check": checks[entry.time, entry.commit],
        "time": entry.time,
        "device": found.device or "",
        "value": found.value * factor,
        "low": None if low is None else low * factor,
        "high": None if high is None else high * factor,
        "setting": setting_text(found.setting),
        "void": " ".join(found.void),
    }


def _display_unit(unit: Unit, largest: float) -> tuple[float, str]:
    """What values are multiplied by to be shown, and in which unit they are then."""
    if unit in ("share", "score"):
        return 100.0, "%"
    if unit == "points":
        return 100.0, "pt"
    scale, name = unit_of(largest, _THOUSANDS.get(unit, ("",)))
    return 1 / scale, name
