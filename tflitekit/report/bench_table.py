"""Benchmark results as tables for people. Pure: the console draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tflitekit.bench.memory import Memory
from tflitekit.bench.metrics import shown
from tflitekit.bench.profile import Profile
from tflitekit.bench.records import BenchResult, StartUp
from tflitekit.bench.roofline import FLOAT32, INT8
from tflitekit.bench.stats import Estimate
from tflitekit.bench.sustained import MINUTE_S, Window, last_against_first
from tflitekit.report.profile_table import HEADER, profile_rows, profile_title, share_of_roof
from tflitekit.units import format_bytes, format_count, format_us, plural


class Table(NamedTuple):
    """What the console draws: a title, the names of the columns, and a cell for each in a row."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


Column = tuple[str, Callable[[BenchResult], str]]

LATENCY: tuple[Column, ...] = (
    ("median", lambda result: format_us(result.latency_us.median)),
    ("95 % interval", lambda result: _interval(result.latency_us.ci95)),
    ("p90", lambda result: format_us(result.latency_us.p90)),
    ("p99", lambda result: format_us(result.latency_us.p99)),
    ("accuracy", lambda result: _accuracy(result)),
)
TOKENS: tuple[Column, ...] = (
    ("a token", lambda result: format_us(result.us_per_token)),
    ("tokens/s", lambda result: _rate(result.us_per_token)),
)
"""What is told besides where a model has a state."""

Phase = tuple[str, Callable[[StartUp], str]]

START_UP: tuple[Phase, ...] = (
    ("process and LiteRT", lambda start: _estimate(start.process_us)),
    ("load", lambda start: _estimate(start.load_us)),
    ("compile", lambda start: _estimate(start.compile_us)),
    ("first inference", lambda start: _estimate(start.first_us)),
    ("cold, all four", lambda start: _estimate(start.cold_us)),
    ("95 % interval", lambda start: _estimate_interval(start.cold_us)),
)
MEMORY: tuple[Column, ...] = (
    ("size", lambda result: format_bytes(result.size_bytes)),
    ("PSS once compiled", lambda result: _memory(result, lambda memory: memory.compiled.pss)),
    ("at its peak", lambda result: _memory(result, lambda memory: memory.peak.pss)),
    ("after", lambda result: _memory(result, lambda memory: memory.after.pss)),
    ("private dirty", lambda result: _memory(result, lambda memory: memory.peak.private_dirty)),
    ("swap", lambda result: _memory(result, lambda memory: memory.peak.swap)),
    ("arena", lambda result: _memory(result, lambda memory: memory.arena)),
    ("mapped weights", lambda result: _memory(result, lambda memory: memory.mapped_weights)),
    ("peak RSS", lambda result: format_bytes(result.peak_rss_bytes)),
)
BANDWIDTH: tuple[Column, ...] = (
    ("must move", lambda result: format_bytes(result.bandwidth.model_bytes)),
    ("effective", lambda result: f"{result.bandwidth.effective_gbps:.2f} GB/s"),
    ("peak of the device", lambda result: _gbps(result.bandwidth.peak_gbps)),
    ("of peak", lambda result: _share_of_peak(result)),
    ("DRAM, counted", lambda result: _gbps(result.bandwidth.dram_gbps)),
)
ARITHMETIC: tuple[Column, ...] = (
    ("MACs/byte", lambda result: f"{result.roofline[0].intensity:.3g}"),
    ("attained", lambda result: _gmacs(result.roofline[0].gmacs)),
    ("int8 peak", lambda result: _compute_peak(result, INT8)),
    ("float32 peak", lambda result: _compute_peak(result, FLOAT32)),
    ("of roof", lambda result: share_of_roof(result.roofline[0])),
    ("bound by", lambda result: result.roofline[0].bound or "-"),
)
"""Of results with a point of the roofline, which is the first."""


def bench_title(results: Sequence[BenchResult]) -> str:
    """Where and how the results were taken."""
    first = results[0]
    device, repeats = first.device, len(first.repeats)
    kind = ", emulator" if device.emulator else ""
    threads, starts = plural(first.threads, "thread"), plural(repeats, "cold start")
    return f"{device.uri} ({device.model}, {device.abi}{kind}), {threads}, {starts} each"


def bench_tables(results: Sequence[BenchResult]) -> list[Table]:
    """The latency, then what happens before it, memory, and the comparison if there is one."""
    has_state = any(result.tokens for result in results)
    latency = (*LATENCY[:-1], *TOKENS, *LATENCY[-1:]) if has_state else LATENCY
    tables = [
        _table(bench_title(results), latency, results),
        _start_up(results),
        _table("Memory", MEMORY, results),
        _bandwidth(results),
    ]
    placed = [result for result in results if result.roofline]
    if placed:
        tables.append(_table("Arithmetic", ARITHMETIC, placed))
    compared = [result for result in results if result.comparison]
    if compared:
        tables.append(_comparison(results[0], compared))
    tables += [_sustained(result) for result in results if result.windows]
    return tables + [_profile(result, result.profile) for result in results if result.profile]


def _start_up(results: Sequence[BenchResult]) -> Table:
    rows = []
    for result in results:
        starts = {result.model: result.start_up}
        if result.cached_start_up is not None:
            starts[f"{result.model}, weight cache"] = result.cached_start_up
        rows += [(name, *(cell(one) for _, cell in START_UP)) for name, one in starts.items()]
    return Table("Start of a process", ("model", *(name for name, _ in START_UP)), rows)


def _bandwidth(results: Sequence[BenchResult]) -> Table:
    """The bytes of the first model are what the others' are compared with."""
    whole = results[0].bandwidth.model_bytes
    table = _table("Memory bandwidth", BANDWIDTH, results)
    shares = [
        f"{100 * one.bandwidth.model_bytes / whole:.1f} %" if whole else "-" for one in results
    ]
    rows = [(*row, share) for row, share in zip(table.rows, shares, strict=True)]
    return Table(table.title, (*table.header, "bytes of the first"), rows)


def _profile(result: BenchResult, profile: Profile) -> Table:
    return Table(profile_title(result, profile), HEADER, profile_rows(result, profile))


def _table(title: str, columns: Sequence[Column], results: Sequence[BenchResult]) -> Table:
    rows = [(one.model, *(cell(one) for _, cell in columns)) for one in results]
    return Table(title, ("model", *(name for name, _ in columns)), rows)


def _comparison(first: BenchResult, others: Sequence[BenchResult]) -> Table:
    rows: list[tuple[str, ...]] = []
    for other in others:
        found = other.comparison
        assert found is not None
        rows.append(
            (
                other.model,
                f"{found.ratio:.3f}x",
                f"{found.ci95[0]:.3f} - {found.ci95[1]:.3f}" if found.ci95 else "-",
                "-" if found.p_value is None else f"{found.p_value:.2g}",
                found.verdict if found.reason is None else f"{found.verdict}: {found.reason}",
            )
        )
    header = ("model", "time", "95 % interval", "p", "verdict")
    return Table(f"Against {first.model}", header, rows)


def _sustained(result: BenchResult) -> Table:
    windows = result.windows
    ratio = last_against_first(windows)
    end = "" if ratio is None else f": the end takes {ratio:.3f}x the time of the beginning"
    rows = [_window(window, windows[0]) for window in windows]
    return Table(f"{result.model}, sustained{end}", ("from", "median", "of first", "timed"), rows)


def _window(window: Window, first: Window) -> tuple[str, ...]:
    minutes = first.end_s - first.begin_s == MINUTE_S
    begin = f"{window.begin_s / MINUTE_S:g} min" if minutes else f"{window.begin_s:g} s"
    ratio = window.median_us / first.median_us
    return (begin, format_us(window.median_us), f"{ratio:.3f}x", str(window.n))


def _interval(ends: tuple[float, float] | None) -> str:
    return f"{format_us(ends[0])} - {format_us(ends[1])}" if ends else "-"


def _estimate(figure: Estimate | None) -> str:
    return format_us(figure.value if figure else None)


def _estimate_interval(figure: Estimate | None) -> str:
    return _interval(figure.ci95 if figure else None)


def _rate(us: float | None) -> str:
    return "-" if us is None else format_count(1e6 / us)


def _memory(result: BenchResult, figure: Callable[[Memory], int | None]) -> str:
    found = None if result.memory is None else figure(result.memory)
    return "-" if found is None else format_bytes(found)


def _gbps(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.2f} GB/s"


def _gmacs(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.2f} GMAC/s"


def _compute_peak(result: BenchResult, dtype: str) -> str:
    peak = result.compute.get(dtype)
    return "-" if peak is None else f"{_gmacs(peak.gmacs)}, {peak.isa}"


def _share_of_peak(result: BenchResult) -> str:
    share = result.bandwidth.share_of_peak
    return "-" if share is None else f"{100 * share:.0f} %"


def _accuracy(result: BenchResult) -> str:
    accuracy = result.accuracy
    return shown(accuracy.metric, accuracy.value) if accuracy else "-"
