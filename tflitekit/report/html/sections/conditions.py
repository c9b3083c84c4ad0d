"""Under which conditions a device measured, and what makes its numbers less than they look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tflitekit.bench.conditions import VOIDING
from tflitekit.report.html.content import Block, Facts, Note, Section
from tflitekit.report.html.subjects import Bench


def conditions_section(bench: Bench) -> Section:
    """The device, how it was used, and the conditions of each model."""
    first = bench.subjects[0].result
    blocks: list[Block] = [Facts(tuple(_facts(first)))]
    blocks += _warnings(bench)
    return Section("Conditions", tuple(blocks))


def _facts(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    device = result["device"]
    kinds = [name for name in ("emulator", "virtual") if device.get(name)]
    yield "device", ", ".join((device["uri"], device["model"], device["abi"], *kinds))
    yield "system", f"{device['os']} {device['release']}, {device['cores']} processors"
    if device["isa"]:
        yield "instruction sets", ", ".join(device["isa"])
    yield "threads", f"{result['threads']}, on processors {_listed(result['cores'])}"
    runtime = result["runtime"]
    if runtime:
        tested = "tested" if runtime["tested"] else "not tested"
        yield "LiteRT", f"{runtime['version'] or 'version unknown'} ({runtime['libc']}, {tested})"
        yield "its SHA-256", runtime["sha256"]
        yield "accelerator", runtime["accelerator"]


def _warnings(bench: Bench) -> Iterator[Note]:
    """Each condition once, with the models that it was seen with."""
    seen: dict[tuple[str, str], list[str]] = {}
    for one in bench.subjects:
        for warning in one.result["warnings"]:
            seen.setdefault((warning["tag"], warning["text"]), []).append(one.label)
    for (tag, text), labels in seen.items():
        whose = "" if len(labels) == len(bench.subjects) else f" ({', '.join(labels)})"
        mark = "voids" if tag in VOIDING else "note"
        yield Note(f"{tag}{whose}: {text}", mark)


def _listed(cores: list[int]) -> str:
    return ", ".join(map(str, cores)) or "of the system's choice"
