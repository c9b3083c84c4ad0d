"""A matrix of devices and threads, as JSON and as table rows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tflitekit.bench.cell import Cell
from tflitekit.bench.metrics import shown
from tflitekit.units import format_us

SCHEMA = "tflitekit.matrix/1"

HEADER = (
    *("device", "threads", "model", "median", "95 % interval", "p90"),
    *("against the first", "accuracy", "conditions"),
)


def matrix_json(cells: Sequence[Cell]) -> dict[str, Any]:
    """Everything that was measured, and why the rest was not."""
    return {"schema": SCHEMA, "cells": [asdict(cell) for cell in cells]}


def matrix_rows(cells: Sequence[Cell]) -> Iterator[tuple[str, ...]]:
    """One row a model of each cell, in the order of `HEADER`; one of a cell that failed."""
    for cell in cells:
        place = (cell.device, str(cell.threads))
        if cell.report is None:
            what = cell.error["what"] if cell.error else "not measured"
            yield (*place, f"failed: {what}", *["-"] * (len(HEADER) - 3))
            continue
        for result in cell.report["results"]:
            yield (*place, *_figures(result))


def _figures(result: Mapping[str, Any]) -> tuple[str, ...]:
    latency, accuracy = result["latency_us"], result["accuracy"]
    interval = latency["ci95"]
    return (
        result["model"],
        format_us(latency["median"]),
        f"{format_us(interval[0])} - {format_us(interval[1])}" if interval else "-",
        format_us(latency["p90"]),
        _verdict(result["comparison"]),
        shown(accuracy["metric"], accuracy["value"]) if accuracy else "-",
        " ".join(warning["tag"] for warning in result["warnings"]) or "-",
    )


def _verdict(comparison: Mapping[str, Any] | None) -> str:
    if comparison is None:
        return "-"
    return f"{comparison['ratio']:.3f}x, {comparison['verdict']}"
