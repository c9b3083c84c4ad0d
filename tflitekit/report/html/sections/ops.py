"""Where the time goes: the roofline, and a table of every op."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tflitekit.report.html.charts.roofline import ComputeRoof, Point, roofline
from tflitekit.report.html.content import (
    Block,
    Cell,
    Chart,
    Column,
    Facts,
    Note,
    Row,
    Section,
    Table,
)
from tflitekit.report.html.subjects import Bench, Subject
from tflitekit.report.html.words import (
    NOTHING,
    bytes_cell,
    count_cell,
    name_cell,
    share_cell,
    us_cell,
)
from tflitekit.units import format_count, format_us, plural

MOST_ROWS = 40
"""The slowest ops are shown, in the table and below the roofline."""

_COLUMNS = (
    Column("#"),
    Column("op", numeric=False),
    Column("output", numeric=False),
    Column("time"),
    Column("share", meaning="of the time of all ops"),
    Column("MACs"),
    Column("bytes"),
    Column("MACs/B", meaning="multiply-accumulates for each byte that is moved"),
    Column("GMAC/s"),
    Column("bound by", numeric=False),
    Column("runs in", numeric=False),
)


def roofline_section(bench: Bench) -> Section | None:
    """Every model and op that multiplies, below what the device can do."""
    points = [point for one in bench.subjects for point in _points(one)]
    if not points:
        return None
    first = bench.subjects[0].result
    gbps = first["bandwidth"]["peak_gbps"]
    roofs = _roofs(first)
    known = "" if gbps else ". The peak of the memory is not known"
    caption = (
        "Large points are models, small ones ops. Left of the corner memory bounds them, right of "
        f"it arithmetic; a point above the slope lives on caches{known}"
    )
    chart = Chart(
        caption,
        lambda width: roofline(points, gbps, roofs, width),
        tuple((one.label, one.series) for one in bench.subjects),
    )
    models = tuple(_attained(one) for one in bench.subjects if one.result["roofline"])
    return Section("Roofline", (chart, Facts((*models, *_peaks(first)))))


def ops_sections(bench: Bench) -> Iterator[Section]:
    """Of each model that was profiled, every op with its time."""
    for one in bench.subjects:
        profile = one.result["profile"]
        if profile:
            yield Section(f"Op by op: {one.label}", _profile(one, profile))


def _profile(subject: Subject, profile: Mapping[str, Any]) -> tuple[Block, ...]:
    points = {point["index"]: point for point in subject.result["roofline"]}
    whole = sum(op["us"] or 0.0 for op in profile["ops"] if op["partition"] is None)
    whole += sum(part["us"] for part in profile["partitions"])
    slowest = sorted(profile["ops"], key=lambda op: -(op["us"] or 0.0))
    rows = tuple(_row(op, points.get(op["index"]), whole) for op in slowest[:MOST_ROWS])
    notes = [Note(f"{cause['tag']}: {cause['text']}") for cause in profile["causes"]]
    told = (
        ("profiling", f"takes {profile['overhead']:.2f}× the time of an inference"),
        ("outside of ops", f"{format_us(profile['call_us'])} of a call"),
        ("in XNNPACK", _partitions(profile["partitions"])),
    )
    rest = slowest[MOST_ROWS:]
    if rest:
        us = format_us(sum(op["us"] or 0.0 for op in rest))
        notes.append(Note(f"{len(rest)} more ops take {us} together; JSON has all."))
    return (Facts(told), Table(_COLUMNS, rows, sortable=True), *notes)


def _partitions(found: Sequence[Mapping[str, Any]]) -> str:
    kernels = plural(sum(len(part["kernels"]) for part in found), "kernel")
    us = sum(part["us"] for part in found)
    return f"{kernels} in {plural(len(found), 'partition')}, {format_us(us)}"


def _row(op: Mapping[str, Any], point: Mapping[str, Any] | None, whole: float) -> Row:
    known = point if point is not None and point["gmacs"] else None
    us = op["us"]
    where = "LiteRT" if op["partition"] is None else f"XNNPACK\N{NO-BREAK SPACE}{op['partition']}"
    return (
        Cell(str(op["index"]), op["index"]),
        Cell(op["name"]),
        name_cell(op["output"]),
        us_cell(us),
        share_cell(us / whole if us is not None and whole else None, drawn=True),
        count_cell(op["macs"] or None),
        bytes_cell(op["bytes"]),
        _figure(known, "intensity"),
        _figure(known, "gmacs"),
        Cell((known or {}).get("bound") or "–"),
        Cell(where),
    )


def _figure(point: Mapping[str, Any] | None, name: str) -> Cell:
    return Cell(f"{point[name]:.3g}", point[name]) if point else NOTHING


def _points(subject: Subject) -> Iterator[Point]:
    ops = (subject.result["profile"] or {"ops": ()})["ops"]
    times = {op["index"]: op["us"] or 0.0 for op in ops} | {None: math.inf}
    points = sorted(subject.result["roofline"], key=lambda point: -times[point["index"]])
    for point in points[: MOST_ROWS + 1]:
        if point["gmacs"] and point["intensity"]:
            whole = point["index"] is None
            name = subject.label if whole else f"{subject.label}: {point['name']} {point['index']}"
            tip = (
                f"{name}: {format_count(point['gmacs'] * 1e9)}MAC/s, "
                f"{point['intensity']:.3g} MACs a byte"
            )
            yield Point(name, point["intensity"], point["gmacs"], subject.series, whole, tip)


def _roofs(result: Mapping[str, Any]) -> list[ComputeRoof]:
    """What the device's arithmetic reaches, by type."""
    return [
        ComputeRoof(f"{dtype} ({peak['isa']})", peak["gmacs"])
        for dtype, peak in result["compute"].items()
    ]


def _attained(subject: Subject) -> tuple[str, str]:
    point = subject.result["roofline"][0]
    text = f"{point['gmacs']:.3g} GMAC/s at {point['intensity']:.3g} MACs a byte"
    if point["roof_gmacs"]:
        roof = f"what {point['bound']} allows" if point["bound"] else "the roof"
        text += f", {100 * point['gmacs'] / point['roof_gmacs']:.0f} % of {roof}"
    return (subject.label, text)


def _peaks(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if (gbps := result["bandwidth"]["peak_gbps"]) is not None:
        yield "peak of the memory", f"{gbps:.3g} GB/s"
    for dtype, peak in result["compute"].items():
        others = (f"{isa} {gmacs:.3g}" for isa, gmacs in peak["isas_gmacs"].items())
        yield (
            f"peak of {dtype}",
            f"{peak['gmacs']:.3g} GMAC/s with {peak['isa']} ({', '.join(others)})",
        )
