"""The history over commits, as a Vega-Lite chart for each quantity."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tflitekit.baseline.baseline import Baseline
from tflitekit.errors import UsageError
from tflitekit.gates.quantities import QUANTITIES, Unit
from tflitekit.history.query import Entry

SUFFIXES = (".svg", ".png", ".html")
VEGA_LITE = "6.4"

_WIDTH, _HEIGHT = 640, 170
_PNG_SCALE = 2.0
_THOUSANDS: Mapping[str, tuple[str, ...]] = {
    "bytes": ("B", "kB", "MB", "GB"),
    "count": ("", "k", "M", "G"),
    "macs": ("", "k", "M", "G"),
    "us": ("µs", "ms", "s"),
}
_VERSION_LABEL = "floor(datum.value / 1e6) + '.' + floor(datum.value % 1e6 / 1e3)"


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
        suffix: of `SUFFIXES`; a page holds all that it needs.
    """
    import vl_convert

    spec = history_spec(entries, baseline)
    if suffix == ".png":
        png: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=_PNG_SCALE)
        return png
    if suffix == ".html":
        page: str = vl_convert.vegalite_to_html(spec, vl_version=VEGA_LITE, bundle=True)
        return page.encode()
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    return svg.encode()


def history_spec(entries: Sequence[Entry], baseline: Baseline) -> dict[str, Any]:
    """The Vega-Lite specification.

    Args:
        entries: what was measured, in order.
        baseline: what it is held to.
    """
    checks = _check_names(entries)
    present = {entry.measurement.quantity for entry in entries}
    quantities = [name for name in QUANTITIES if name in present]
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE}.json",
        "background": "white",
        "vconcat": [_chart(name, entries, checks, baseline) for name in quantities],
        "resolve": {"scale": {"color": "shared"}},
    }


def _check_names(entries: Sequence[Entry]) -> dict[tuple[str, str | None], str]:
    """What stands on the axis for each check: its commit, and the time where it has several."""
    checks = list(dict.fromkeys((entry.time, entry.commit) for entry in entries))
    short = {check: _short(check[1]) for check in checks}
    names = list(short.values())
    return {
        (time, commit): name if commit and names.count(name) == 1 else f"{name} {time}".strip()
        for (time, commit), name in short.items()
    }


def _short(commit: str | None) -> str:
    """Seven digits of a commit, and the "+" of changes to it."""
    return "" if commit is None else commit[:7] + ("+" if commit.endswith("+") else "")


def _chart(
    quantity: str,
    entries: Sequence[Entry],
    checks: Mapping[tuple[str, str | None], str],
    baseline: Baseline,
) -> dict[str, Any]:
    shown = [entry for entry in entries if entry.measurement.quantity == quantity]
    unit = QUANTITIES[quantity].unit
    factor, unit_name = _display_unit(unit, max(abs(one.measurement.value) for one in shown))
    title = f"{quantity} ({unit_name})" if unit_name else quantity
    x = {
        "field": "check",
        "type": "ordinal",
        "title": None,
        "scale": {"domain": list(dict.fromkeys(checks.values()))},
        "axis": {"labelOverlap": "greedy", "labelAngle": -45},
    }
    y = {"field": "value", "type": "quantitative", "title": title, "scale": {"zero": False}}
    if unit == "version":
        y["axis"] = {"labelExpr": _VERSION_LABEL}
    return {
        "title": {"text": f"{quantity}: {QUANTITIES[quantity].meaning}", "anchor": "start"},
        "width": _WIDTH,
        "height": _HEIGHT,
        "data": {"values": [_row(one, checks, factor) for one in shown]},
        "encoding": {"color": {"field": "series", "type": "nominal", "title": None}},
        "layer": [*_measured_layers(x, y), _baseline_layer(shown, baseline, factor)],
    }


def _measured_layers(x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    # A line joins only what was measured the same way.
    alike = {"field": "setting", "type": "nominal"}
    span = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    known = [{"filter": "isValid(datum.low)"}]
    shape = {
        "field": "state",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ["measured", "void"], "range": ["circle", "cross"]},
    }
    tooltip = [
        {"field": name} for name in ("series", "check", "time", "value", "low", "high", "setting")
    ]
    return [
        {
            "transform": known,
            "mark": {"type": "area", "opacity": 0.2},
            "encoding": {"x": x, **span, "detail": alike},
        },
        {"transform": known, "mark": {"type": "rule"}, "encoding": {"x": x, **span}},
        {"mark": "line", "encoding": {"x": x, "y": y, "detail": alike}},
        {
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": {"x": x, "y": y, "shape": shape, "tooltip": tooltip},
        },
    ]


def _baseline_layer(shown: Sequence[Entry], baseline: Baseline, factor: float) -> dict[str, Any]:
    """A dashed line at what each series is held to."""
    places = dict.fromkeys((one.model, one.measurement.device) for one in shown)
    values = []
    for model, device in places:
        found = baseline.find(model, shown[0].measurement.quantity, device)
        if found is not None:
            values.append({"series": _series(model, device), "baseline": found.value * factor})
    return {
        "data": {"values": values},
        "mark": {"type": "rule", "strokeDash": [6, 4]},
        "encoding": {"y": {"field": "baseline", "type": "quantitative"}},
    }


def _row(entry: Entry, checks: Mapping[tuple[str, str | None], str], factor: float) -> Any:
    found = entry.measurement
    low, high = found.interval or (None, None)
    return {
        "check": checks[entry.time, entry.commit],
        "time": entry.time,
        "series": _series(entry.model, found.device),
        "value": found.value * factor,
        "low": None if low is None else low * factor,
        "high": None if high is None else high * factor,
        "setting": json.dumps(dict(found.setting), sort_keys=True),
        "state": "void" if found.void else "measured",
    }


def _series(model: str, device: str | None) -> str:
    return model if device is None else f"{model} on {device}"


def _display_unit(unit: Unit, largest: float) -> tuple[float, str]:
    """What values are multiplied by to be shown, and in which unit they are then."""
    if unit in ("share", "score"):
        return 100.0, "%"
    factor = 1.0
    names = _THOUSANDS.get(unit, ("",))
    for name in names[:-1]:
        if largest * factor < 1000:
            return factor, name
        factor /= 1000
    return factor, names[-1]
