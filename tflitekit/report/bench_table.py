"""Benchmark results as rows for people. Pure: the console draws them."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.bench.metrics import shown
from tflitekit.bench.records import BenchResult
from tflitekit.report.units import format_bytes, format_count, format_us

HEADER = (
    "model",
    "size",
    "median",
    "95 % interval",
    "p90",
    "p99",
    "vs first",
    "peak RSS",
    "moved",
    "bandwidth",
    "of peak",
    "accuracy",
)

TOKENS = ("a token", "tokens/s")
"""What is told besides where a model has a state, behind the comparison with the first."""

_BEHIND = HEADER.index("vs first") + 1


def bench_header(results: Sequence[BenchResult]) -> tuple[str, ...]:
    """The names of the columns that `bench_rows` fills."""
    return (*HEADER[:_BEHIND], *TOKENS, *HEADER[_BEHIND:]) if _has_state(results) else HEADER


def bench_rows(results: Sequence[BenchResult]) -> list[tuple[str, ...]]:
    """One row a result, in the order of `bench_header`; times are compared with the first."""
    rows = [_row(result, results[0]) for result in results]
    if not _has_state(results):
        return rows
    return [
        (*row[:_BEHIND], *_tokens(result), *row[_BEHIND:])
        for row, result in zip(rows, results, strict=True)
    ]


def bench_title(results: Sequence[BenchResult]) -> str:
    """Where and how the results were taken."""
    first = results[0]
    device = first.device
    kind = ", emulator" if device.emulator else ""
    threads = f"{first.threads} thread{'s' if first.threads > 1 else ''}"
    return f"{device.uri} ({device.model}, {device.abi}{kind}), {threads}"


def _has_state(results: Sequence[BenchResult]) -> bool:
    return any(result.tokens for result in results)


def _tokens(result: BenchResult) -> tuple[str, str]:
    us = result.us_per_token
    return ("-", "-") if us is None else (format_us(us), format_count(1e6 / us))


def _row(result: BenchResult, first: BenchResult) -> tuple[str, ...]:
    latency, bandwidth, accuracy = result.latency_us, result.bandwidth, result.accuracy
    interval = latency.ci95
    peak = bandwidth.peak_gbps
    return (
        result.model,
        format_bytes(result.size_bytes),
        format_us(latency.median),
        f"{format_us(interval[0])} - {format_us(interval[1])}" if interval else "-",
        format_us(latency.p90),
        format_us(latency.p99),
        f"{latency.median / first.latency_us.median:.2f}x",
        format_bytes(result.record.peak_rss_bytes or 0),
        format_bytes(bandwidth.model_bytes),
        f"{bandwidth.effective_gbps:.2f} GB/s",
        f"{100 * bandwidth.effective_gbps / peak:.0f} %" if peak else "-",
        shown(accuracy.metric, accuracy.value) if accuracy else "-",
    )
