"""What one wants to know first: how large, how fast, how right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tflitekit.gates.report import CheckedModel
from tflitekit.report.html.charts.bars import Bar, bars
from tflitekit.report.html.content import Chart, Section, Tile
from tflitekit.report.html.subjects import ACCENT, Bench, form
from tflitekit.report.html.words import ratio, score
from tflitekit.units import format_bytes, format_count, format_us, plural


def tiles(model: CheckedModel, benches: Sequence[Bench]) -> tuple[Tile, ...]:
    """Figures of the model itself, and of the first device."""
    return (*_of_file(model), *(_of_device(benches[0]) if benches else ()))


def glance_section(model: CheckedModel, benches: Sequence[Bench]) -> Section | None:
    """Bars of the size and, of each device, the latency, beside those of the float model."""
    sizes = _sizes(model, benches)
    charts = [_chart("Size of the file", sizes)] if sizes else []
    for bench in benches:
        latencies = [
            Bar(
                subject.label,
                subject.result["latency_us"]["median"],
                format_us(subject.result["latency_us"]["median"]),
                subject.series,
                subject.result["latency_us"]["ci95"],
            )
            for subject in bench.subjects
        ]
        caption = f"Latency on {bench.device}: median, and its 95 % interval as a line"
        charts.append(_chart(caption, latencies))
    return Section("Size and latency", tuple(charts)) if charts else None


def _chart(caption: str, entries: Sequence[Bar]) -> Chart:
    return Chart(caption, lambda width: bars(entries, width))


def _sizes(model: CheckedModel, benches: Sequence[Bench]) -> list[Bar]:
    if benches:
        sizes = [(one.label, one.series, one.result["size_bytes"]) for one in benches[0].subjects]
    else:
        summaries = ((("float", 0), model.float_model), ((form(model), ACCENT), model.model))
        sizes = [(*name, one["size_bytes"]) for name, one in summaries if one]
    return [Bar(label, size, format_bytes(size), series) for label, series, size in sizes]


def _of_file(model: CheckedModel) -> Iterator[Tile]:
    summary, whole = model.model, model.float_model
    if not summary:
        return
    size = summary["size_bytes"]
    against = f"{ratio(size, whole['size_bytes'])} than float" if whole else ""
    yield Tile("file", format_bytes(size), against)
    floats = summary["float_tensors"]
    customs = len(summary["custom_ops"])
    kernels = f"{plural(customs, 'kind')} of custom op" if customs else "no custom op"
    yield Tile("float tensors", str(floats), kernels)
    yield Tile(
        "MACs", format_count(summary["macs"]), f"{format_bytes(summary['bytes_moved'])} moved"
    )


def _of_device(bench: Bench) -> Iterator[Tile]:
    first, last = bench.subjects[0].result, bench.subjects[-1].result
    yield Tile("median latency", format_us(last["latency_us"]["median"]), _speed(last))
    if last["accuracy"]:
        yield Tile(f"accuracy ({last['accuracy']['metric']})", score(last), _beside(first, last))
    if last["memory"]:
        yield Tile("memory at its peak", format_bytes(last["memory"]["peak"]["pss"]), "PSS")


def _speed(result: Mapping[str, Any]) -> str:
    comparison = result["comparison"]
    if comparison is None:
        return ""
    return f"{comparison['ratio']:.3f}× the first model's time: {comparison['verdict']}"


def _beside(first: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    if first is last or not first["accuracy"]:
        return f"on {last['accuracy']['n']} samples"
    return f"{score(first)} of the first model"
