"""Benchmark results as rows for people. Pure: the console draws them."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.bench.records import BenchResult
from tflitekit.report.units import format_bytes, format_us

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


def bench_rows(results: Sequence[BenchResult]) -> list[tuple[str, ...]]:
    """One row a result, in the order of `HEADER`; times are compared with the first."""
    return [_row(result, results[0]) for result in results]


def bench_title(results: Sequence[BenchResult]) -> str:
    """Where and how the results were taken."""
    first = results[0]
    device = first.device
    kind = ", emulator" if device.emulator else ""
    threads = f"{first.threads} thread{'s' if first.threads > 1 else ''}"
    return f"{device.uri} ({device.model}, {device.abi}{kind}), {threads}"


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
        f"{accuracy.metric} {100 * accuracy.value:.2f} %" if accuracy else "-",
    )
