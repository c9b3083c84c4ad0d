"""Memory: how much a process takes, and how fast it is read and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tflitekit.bench.memory import MOMENTS
from tflitekit.report.html.charts.bandwidth import bandwidth
from tflitekit.report.html.charts.phases import memory
from tflitekit.report.html.content import Cell, Chart, Column, Facts, Section, Table
from tflitekit.report.html.subjects import Bench
from tflitekit.report.html.words import NOTHING, bytes_cell, share_cell

_KINDS = (("arena", "arena"), ("mapped weights", "mapped_weights"), ("peak RSS", "peak_rss"))


def memory_section(bench: Bench) -> Section | None:
    """The memory of a process by moment, and what of it is what."""
    measured = [(one, one.result["memory"]) for one in bench.subjects if one.result["memory"]]
    if not measured:
        return None
    moments = [(one.label, one.series, _pss(found)) for one, found in measured]
    rows = tuple(
        (
            Cell(one.label),
            *(bytes_cell(found[name]["pss"]) for name in MOMENTS),
            bytes_cell(found["peak"]["private_dirty"]),
            bytes_cell(found["peak"]["swap"]),
            *(bytes_cell(found[key]) for _, key in _KINDS),
        )
        for one, found in measured
    )
    names = (*MOMENTS, "private dirty", "swap", *(name for name, _ in _KINDS))
    columns = (Column("model", numeric=False), *(Column(name) for name in names))
    drawn = [one for one in moments if one[2]]
    chart = Chart(
        "Memory (PSS) once LiteRT is loaded, the model opened, compiled, at the peak, and after",
        lambda width: memory(drawn, width),
        tuple((one.label, one.series) for one, _ in measured),
    )
    return Section("Memory", (*([chart] if drawn else []), Table(columns, rows)))


def _pss(memory: Mapping[str, Any]) -> dict[str, float]:
    """By moment, as far as the device tells it."""
    return {name: memory[name]["pss"] for name in MOMENTS if memory[name]["pss"] is not None}


def bandwidth_section(bench: Bench) -> Section:
    """What each model moves, beside the peak of the device."""
    moved = [(one, one.result["bandwidth"]) for one in bench.subjects]
    rates = [(one.label, one.series, found["effective_gbps"]) for one, found in moved]
    first = moved[0][1]
    peaks = {name: rate for name, rate in (first["patterns_gbps"] or {}).items() if rate}
    rows = tuple(
        (
            Cell(one.label),
            bytes_cell(found["model_bytes"]),
            _rate(found["effective_gbps"]),
            _rate(found["peak_gbps"]),
            share_cell(
                found["effective_gbps"] / found["peak_gbps"] if found["peak_gbps"] else None
            ),
            _rate(found["dram_gbps"]),
        )
        for one, found in moved
    )
    names = ("must move", "effective", "peak of the device", "of peak", "DRAM, counted")
    columns = (Column("model", numeric=False), *(Column(name) for name in names))
    reason = first["dram_reason"]
    facts = (
        (Facts((("DRAM not counted", reason),)),) if reason and first["dram_gbps"] is None else ()
    )
    caption = "What an inference must move, by its median time; the device's peaks by pattern"
    chart = Chart(caption, lambda width: bandwidth(rates, peaks, width))
    return Section("Memory bandwidth", (chart, Table(columns, rows), *facts))


def _rate(gbps: float | None) -> Cell:
    return NOTHING if gbps is None else Cell(f"{gbps:.3g} GB/s", gbps)
