"""How long inferences take, and a process before the first one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tflitekit.report.html.charts import latencies, phases
from tflitekit.report.html.content import Block, Cell, Chart, Column, Note, Section, Table
from tflitekit.report.html.subjects import Bench, Subject
from tflitekit.report.html.words import NOTHING, interval, us_cell

_PHASES = {
    "process_us": "process and LiteRT",
    "load_us": "load",
    "compile_us": "compile",
    "first_us": "first inference",
}


def latency_section(bench: Bench) -> Section:
    """The figures, the comparison, and how the raw samples are spread."""
    samples = tuple(_samples(bench, number) for number in range(len(bench.subjects)))
    blocks: list[Block] = [_figures(bench)]
    blocks += [_compared(one) for one in bench.subjects if one.result["comparison"]]
    keys = _keys(bench)
    if any(one.starts for one in samples):
        timed = [one for one in samples if one.starts]
        total = sum(len(start) for one in timed for start in one.starts)
        blocks += [
            Chart(
                f"All {total} inferences that were timed, by their time; a dashed line is a "
                "median. The outermost bars hold what lies beyond them",
                lambda width: latencies.histogram(timed, width),
                keys,
            ),
            Chart(
                "Each cold start: its median as a point, half of its inferences in the thick "
                "line, 90 % in the thin one",
                lambda width: latencies.starts(timed, width),
                keys,
            ),
        ]
    return Section("Latency", tuple(blocks))


def sustained_section(bench: Bench) -> Section | None:
    """A long run, minute by minute."""
    runs = [(one, one.result["sustained"]) for one in bench.subjects if one.result["sustained"]]
    if not runs:
        return None
    windows = [
        (one.label, one.series, [(part["begin_s"], part["median_us"]) for part in run["windows"]])
        for one, run in runs
    ]
    notes = tuple(
        Note(
            f"{one.label}: the end takes {run['last_against_first']:.3f}× the time of the beginning"
        )
        for one, run in runs
        if run["last_against_first"] is not None
    )
    chart = Chart("Median by time", lambda width: latencies.minutes(windows, width), _keys(bench))
    return Section("Sustained", (chart, *notes))


def start_section(bench: Bench) -> Section | None:
    """The phases of a cold process, and what a cache of packed weights saves."""
    starts = [
        (label, one.series, phase)
        for one in bench.subjects
        for label, phase in (
            (one.label, one.result["start_up"]),
            (f"{one.label}, weight cache", one.result["cached_start_up"]),
        )
        if phase
    ]
    known = [(label, series, _values(phase)) for label, series, phase in starts]
    drawn = [one for one in known if one[2]]
    if not drawn:
        return None
    columns = (
        Column("model", numeric=False),
        *(Column(name) for name in (*_PHASES.values(), _ALL)),
    )
    rows = tuple(
        (Cell(label), *(_phase(phase[name]) for name in (*_PHASES, "cold_us")), Cell(_of(phase)))
        for label, _, phase in starts
    )
    caption = "From no process to the first answer, from light to dark: " + ", then ".join(
        _PHASES.values()
    )
    chart = Chart(caption, lambda width: phases.start_up(drawn, width))
    return Section("Start of a process", (chart, Table((*columns, _INTERVAL), rows)))


def _figures(bench: Bench) -> Table:
    names = ("median", "95 % interval", "p90", "p99", "smallest", "largest", "inferences", "starts")
    has_tokens = any(one.result["tokens"] for one in bench.subjects)
    extra = ("tokens/s",) if has_tokens else ()
    rows = []
    for one in bench.subjects:
        figures = one.result["latency_us"]
        row = [
            Cell(one.label),
            us_cell(figures["median"]),
            Cell(interval(figures["ci95"])),
            *(us_cell(figures[name]) for name in ("p90", "p99", "min", "max")),
            Cell(str(figures["n"]), figures["n"]),
            Cell(str(figures["repeats"]), figures["repeats"]),
        ]
        if has_tokens:
            row.append(_rate(one.result["tokens"]))
        rows.append(tuple(row))
    columns = (Column("model", numeric=False), *(Column(name) for name in (*names, *extra)))
    return Table(columns, tuple(rows))


def _rate(tokens: Mapping[str, Any] | None) -> Cell:
    return Cell(f"{tokens['per_second']:.4g}", tokens["per_second"]) if tokens else NOTHING


def _compared(subject: Subject) -> Note:
    found = subject.result["comparison"]
    ends = found["ci95"]
    text = f"{subject.label} takes {found['ratio']:.3f}× the time of the first model"
    if ends:
        text += f" (95 % interval {ends[0]:.3f} – {ends[1]:.3f})"
    reason = f": {found['reason']}" if found["reason"] else ""
    return Note(f"{text}. Verdict: {found['verdict']}{reason}")


def _samples(bench: Bench, number: int) -> latencies.Samples:
    subject = bench.subjects[number]
    repeats = subject.result["repeats"]
    places = [place for place, whose in enumerate(bench.order) if whose == number]
    if len(places) != len(repeats):
        places = list(range(len(repeats)))
    timed = [
        (np.asarray(repeat["samples_us"], float), place)
        for repeat, place in zip(repeats, places, strict=True)
        if repeat["samples_us"]
    ]
    arrays, known = tuple(zip(*timed, strict=True)) if timed else ((), ())
    return latencies.Samples(subject.label, subject.series, arrays, known)


def _values(start: Mapping[str, Any]) -> dict[str, float]:
    """By phase; empty where one of them is not known."""
    values = {text: start[name] for name, text in _PHASES.items()}
    if any(one is None for one in values.values()):
        return {}
    return {text: one["value"] for text, one in values.items()}


def _phase(estimate: Mapping[str, Any] | None) -> Cell:
    return us_cell(estimate["value"] if estimate else None)


def _of(start: Mapping[str, Any]) -> str:
    return interval(start["cold_us"]["ci95"] if start["cold_us"] else None)


def _keys(bench: Bench) -> tuple[tuple[str, int], ...]:
    return tuple((one.label, one.series) for one in bench.subjects)


_ALL = "cold, all four"
_INTERVAL = Column("95 % interval")
