"""What is in a model, as rows for people. Pure: the console draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tflitekit.bench.metrics import shown_score
from tflitekit.cost import Cost
from tflitekit.units import format_bytes, format_count, plural

OP_HEADER = ("op", "types", "count")


def model_facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Facts of `graph.summary.summarize`, by name."""
    signatures = summary["signatures"]
    return [
        ("size", f"{format_bytes(summary['size_bytes'])}"),
        ("sha256", summary["sha256"]),
        *([("signatures", ", ".join(signatures))] if len(signatures) > 1 else []),
        *(("input", _port(port)) for port in summary["inputs"]),
        *(("output", _port(port)) for port in summary["outputs"]),
        *([("state", _state(summary["state"]))] if summary["state"] else []),
        ("fully integer", "yes" if summary["fully_integer"] else "no"),
        ("float tensors", str(summary["float_tensors"])),
        ("custom ops", ", ".join(summary["custom_ops"]) or "none"),
        *(("", _replacement(one)) for one in summary["replacements"]),
        *_runtime(summary),
        ("MACs", format_count(summary["macs"])),
        ("weights", format_bytes(summary["weight_bytes"])),
        ("bytes moved", format_bytes(summary["bytes_moved"])),
    ]


def quantization_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a manifest tells of the quantization, by name; an engine may tell nothing."""
    rows = []
    if "best" in facts:
        rows.append(("engine", facts["best"]["engine"]))
    if "ranges" in facts:
        choices = f"{facts['precision']}, {facts['ranges']} ranges, {facts['effort']} effort"
        rows.append(("recipe", choices))
    for dtype in ("int16", "float32"):
        if facts.get(dtype):
            rows.append((f"{dtype} layers", ", ".join(facts[dtype])))
    if "int8_macs" in facts:
        rows.append(("MACs in int8", f"{100 * facts['int8_macs']:.1f} %"))
    if "accuracy" in facts:
        rows.append(("accuracy", _accuracy(facts["accuracy"])))
    return rows


def cost_facts(cost: Cost) -> list[tuple[str, str]]:
    """What the conversion took, by name."""
    return [
        ("time", f"{cost.seconds:.3g} s"),
        ("memory", f"{format_bytes(cost.peak_bytes)} in the largest of its processes"),
    ]


def _accuracy(facts: Mapping[str, Any]) -> str:
    score, whole = (shown_score(facts["metric"], facts[name]) for name in ("score", "float_score"))
    return f"{score} on {facts['samples']} held-out samples, float {whole}"


def op_rows(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """One row an op and types, in the order of `OP_HEADER`."""
    for op in summary["ops"]:
        yield op["name"], _types(op["dtypes"]), str(op["count"])


def _state(state: Mapping[str, Any]) -> str:
    count, runs = len(state["carried"]), state["steps"]
    tensors = f"{plural(count, 'tensor')}, {format_bytes(state['bytes'])}"
    return f"{tensors}, calibrated over {plural(runs, 'run')}"


def _replacement(one: Mapping[str, Any]) -> str:
    instead = f" instead of {', '.join(one['instead_of'])}" if one["instead_of"] else ""
    return f"{one['count']} x {one['kernel']}{instead}"


def _runtime(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    release, op = summary["oldest_runtime"], summary["oldest_runtime_op"]
    if op is None:
        return []
    text = f"none is known with {op}" if release is None else f"{release}, for {op}"
    return [("oldest runtime", text)]


def _types(dtypes: Any) -> str:
    return dtypes if isinstance(dtypes, str) else ", ".join(dtypes)


def _port(port: Mapping[str, Any]) -> str:
    shape = "x".join(map(str, port["shape"]))
    text = f"{port['name']} {port['dtype']}[{shape}]"
    if port["scale"] is None:
        return text
    return f"{text} scale {port['scale']:.6g} zero point {port['zero_point']}"
