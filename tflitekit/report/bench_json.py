"""Benchmark results as JSON. The schema's number goes up when a member changes its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tflitekit.bench.records import BenchResult
from tflitekit.report.agreement_table import agreement_json

SCHEMA = "tflitekit.bench/1"


def bench_json(results: Sequence[BenchResult]) -> dict[str, Any]:
    """Everything that was measured, raw samples included."""
    return {"schema": SCHEMA, "results": [_result(result) for result in results]}


def _result(result: BenchResult) -> dict[str, Any]:
    record = result.record
    return {
        "model": result.model,
        "sha256": result.sha256,
        "size_bytes": result.size_bytes,
        "device": asdict(result.device) | {"isa": list(result.isa)},
        "threads": result.threads,
        "cores": list(record.cores),
        "latency_us": asdict(result.latency_us),
        "tokens": _tokens(result),
        "load_us": record.load_us,
        "compile_us": record.compile_us,
        "warmup": {key: value for key, value in record.warmup.items() if key != "t"},
        "samples_us": list(record.samples_us),
        "memory": {"rss_bytes": record.rss_bytes, "peak_rss_bytes": record.peak_rss_bytes},
        "bandwidth": asdict(result.bandwidth),
        "accuracy": asdict(result.accuracy) if result.accuracy else None,
        "agreement": [agreement_json(one) for one in result.agreement],
        "warnings": [asdict(warning) for warning in result.warnings],
    }


def _tokens(result: BenchResult) -> dict[str, Any] | None:
    """Of a model with a state: what one run takes of a sequence, and how fast that is."""
    us = result.us_per_token
    if us is None:
        return None
    return {"per_run": result.tokens, "us": us, "per_second": 1e6 / us}
