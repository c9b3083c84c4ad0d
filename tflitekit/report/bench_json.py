"""Benchmark results as JSON. The schema's number goes up when a member changes its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tflitekit.bench.records import BenchResult, Repeat
from tflitekit.bench.schedule import schedule
from tflitekit.bench.sustained import last_against_first
from tflitekit.report.agreement_table import agreement_json
from tflitekit.report.profile_table import profile_json

SCHEMA = "tflitekit.bench/2"


def bench_json(results: Sequence[BenchResult]) -> dict[str, Any]:
    """Everything that was measured; what is summarized can be made again from `repeats`.

    `order` has the index of the model of each cold start.
    """
    order = schedule(len(results), len(results[0].repeats)) if results else ()
    return {
        "schema": SCHEMA,
        "order": list(order),
        "results": [_result(result) for result in results],
    }


def repeat_json(repeat: Repeat) -> dict[str, Any]:
    """One cold start: all that the runner said of it, raw samples included."""
    record = repeat.record
    return {
        "start_us": record.start_us,
        "library_us": record.library_us,
        "load_us": record.load_us,
        "compile_us": record.compile_us,
        "warmup": {key: value for key, value in record.warmup.items() if key != "t"},
        "samples_us": list(record.samples_us),
        "memory": {"rss_bytes": record.rss_bytes, "peak_rss_bytes": record.peak_rss_bytes},
        "cores": list(record.cores),
        "before": asdict(repeat.before),
        "after": asdict(repeat.after),
    }


def _result(result: BenchResult) -> dict[str, Any]:
    return {
        "model": result.model,
        "sha256": result.sha256,
        "size_bytes": result.size_bytes,
        "device": asdict(result.device) | {"isa": list(result.isa)},
        "threads": result.threads,
        "cores": list(result.record.cores),
        "latency_us": asdict(result.latency_us),
        "start_up": asdict(result.start_up),
        "cached_start_up": asdict(result.cached_start_up) if result.cached_start_up else None,
        "comparison": asdict(result.comparison) if result.comparison else None,
        "sustained": _sustained(result),
        "tokens": _tokens(result),
        "memory": asdict(result.memory) if result.memory else None,
        "peak_rss_bytes": result.peak_rss_bytes,
        "profile": profile_json(result),
        "roofline": [asdict(point) for point in result.roofline],
        "compute": {dtype: asdict(peak) for dtype, peak in result.compute.items()},
        "bandwidth": asdict(result.bandwidth),
        "accuracy": asdict(result.accuracy) if result.accuracy else None,
        "runtime": _runtime(result),
        "agreement": [agreement_json(one) for one in result.agreement],
        "warnings": [asdict(warning) for warning in result.warnings],
        "repeats": [repeat_json(repeat) for repeat in result.repeats],
    }


def _runtime(result: BenchResult) -> dict[str, Any] | None:
    """The LiteRT library, and what it ran the model on."""
    runtime = result.runtime
    if runtime is None:
        return None
    return {
        "source": runtime.source or None,
        "sha256": runtime.sha256,
        "version": runtime.version,
        "libc": runtime.libc,
        "tested": runtime.tested,
        "accelerator": result.accelerator,
        "fully_accelerated": result.record.fully_accelerated,
    }


def _tokens(result: BenchResult) -> dict[str, Any] | None:
    """Of a model with a state: what one run takes of a sequence, and how fast that is."""
    us = result.us_per_token
    if us is None:
        return None
    return {"per_run": result.tokens, "us": us, "per_second": 1e6 / us}


def _sustained(result: BenchResult) -> dict[str, Any] | None:
    """Of a long run: minute by minute, and the last against the first."""
    if not result.windows:
        return None
    return {
        "windows": [asdict(window) for window in result.windows],
        "last_against_first": last_against_first(result.windows),
    }
