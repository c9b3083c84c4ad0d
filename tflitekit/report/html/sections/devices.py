"""A model on several devices, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.report.html.charts.devices import Timed, latency_by_device
from tflitekit.report.html.content import Cell, Chart, Column, Section, Table
from tflitekit.report.html.subjects import Bench, Subject
from tflitekit.report.html.words import NOTHING, bytes_cell, interval, score, us_cell

_COLUMNS = (
    Column("device", numeric=False),
    Column("model", numeric=False),
    Column("median"),
    Column("95 % interval"),
    Column("p90"),
    Column("against the first"),
    Column("memory"),
    Column("accuracy"),
    Column("conditions", numeric=False),
)


def devices_section(benches: Sequence[Bench]) -> Section | None:
    """Where there are several: latencies on one axis, and a row a device and model."""
    if len(benches) < 2:
        return None
    pairs = [(bench, one) for bench in benches for one in bench.subjects]
    times = [
        Timed(
            bench.device,
            one.label,
            one.series,
            one.result["latency_us"]["median"],
            one.result["latency_us"]["ci95"],
        )
        for bench, one in pairs
    ]
    keys = tuple(dict.fromkeys((one.label, one.series) for _, one in pairs))
    chart = Chart(
        "Median latency by device, its 95 % interval as a line",
        lambda width: latency_by_device(times, width),
        keys,
    )
    rows = tuple(_row(bench.device, one) for bench, one in pairs)
    return Section("Side by side", (chart, Table(_COLUMNS, rows, sortable=True)))


def _row(device: str, one: Subject) -> tuple[Cell, ...]:
    figures, comparison = one.result["latency_us"], one.result["comparison"]
    memory = one.result["memory"]
    against = f"{comparison['ratio']:.3f}×, {comparison['verdict']}" if comparison else "–"
    return (
        Cell(device),
        Cell(one.label),
        us_cell(figures["median"]),
        Cell(interval(figures["ci95"])),
        us_cell(figures["p90"]),
        Cell(against, comparison["ratio"] if comparison else None),
        bytes_cell(memory["peak"]["pss"] if memory else None),
        Cell(score(one.result)) if one.result["accuracy"] else NOTHING,
        Cell(", ".join(warning["tag"] for warning in one.result["warnings"]) or "–"),
    )
