"""What the documents of `inspect` and `bench` say, as measurements. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tflitekit.gates.amounts import parse_amount
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.quantities import QUANTITIES

Document = Mapping[str, Any]

_FINE_WITHIN_A_RUN = ("VIRTUAL",)
"""Tags of numbers that can be compared if they are of one run, whose models took turns."""


def of_file(model: Document, float_model: Document | None = None) -> Iterator[Measurement]:
    """What the file tells.

    Args:
        model: the document of `inspect`.
        float_model: that of the float model it was made of.
    """
    yield Measurement("size", model["size_bytes"])
    yield Measurement("float_tensors", model["float_tensors"] - len(model["float_io"]))
    yield Measurement("custom_ops", len(model["custom_ops"]))
    if model.get("oldest_runtime"):
        yield Measurement("runtime", parse_amount(model["oldest_runtime"], "version"))
    yield Measurement("macs", model["macs"])
    yield Measurement("bytes_moved", model["bytes_moved"])
    if float_model is not None:
        yield Measurement("size_ratio", model["size_bytes"] / float_model["size_bytes"])


def of_bench(
    bench: Document,
    model: str,
    device: str,
    *,
    allowed: Collection[str],
    voiding: Collection[str],
    data: Mapping[str, str],
) -> Iterator[Measurement]:
    """What was measured on one device; of several signatures in the file the worst.

    Beside the float model only a file with one signature is told: a bench does not say which of
    several belong together.

    Args:
        bench: the document of `bench`, the float model first where there is one.
        model: the file that is judged, as `bench` was given it.
        device: its name in the settings.
        allowed: tags that do not void numbers here.
        voiding: tags that void numbers unless they are allowed.
        data: what accuracy was measured on.
    """
    results = [one for one in bench["results"] if _is_of(one, model)]
    others = [one for one in bench["results"] if not _is_of(one, model)]
    reference = others[0] if len(results) == len(others) == 1 else None
    void = _void(bench["results"], set(voiding) - set(allowed))
    setting = {**_processor(results[0]), **_runtime(results[0])}
    for quantity, found in (*_memory(results), *_timing(results, reference)):
        value, interval = found
        low, high = interval or (None, None)
        tags = _tags_of(quantity, void)
        yield Measurement(quantity, value, low, high, device, setting, tags)
    answers = {**_runtime(results[0]), **data}
    for quantity, value in _accuracy(results, reference):
        yield Measurement(quantity, value, None, None, device, answers)


def _is_of(result: Document, model: str) -> bool:
    named: str = result["model"]
    return named == model or named.startswith(f"{model}:")  # with a signature


def _processor(result: Document) -> dict[str, str]:
    """What decides about time and memory, but for a device's state, which conditions tell."""
    device = result["device"]
    return {
        "processor": device["model"],
        "isa": " ".join(device["isa"]),
        "threads": str(result["threads"]),
        "cores": ",".join(map(str, result["cores"])),
    }


def _runtime(result: Document) -> dict[str, str]:
    """What decides about answers: kernels of two instruction sets differ by a step at most."""
    runtime = result["runtime"] or {}
    return {
        "abi": result["device"]["abi"],
        "runtime": str(runtime.get("version")),
        "runtime_sha256": str(runtime.get("sha256"))[:16],
        "accelerator": str(runtime.get("accelerator")),
    }


def _void(results: Sequence[Document], tags: Collection[str]) -> tuple[str, ...]:
    found = (warning["tag"] for result in results for warning in result["warnings"])
    return tuple(dict.fromkeys(tag for tag in found if tag in tags))


def _tags_of(quantity: str, void: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the tags that void this quantity."""
    if QUANTITIES[quantity].deterministic:
        return ()
    if quantity == "latency_ratio":
        return tuple(tag for tag in void if tag not in _FINE_WITHIN_A_RUN)
    return void


Found = tuple[float, Sequence[float] | None]


def _memory(results: Sequence[Document]) -> Iterator[tuple[str, Found]]:
    memories = [one["memory"] for one in results if one["memory"]]
    if not memories:
        return
    arenas = [one["arena"] for one in memories]
    if None not in arenas:
        yield "arena", (max(arenas), None)
    peaks = [one["peak"]["pss"] for one in memories]
    if None not in peaks:
        yield "memory", (max(peaks), None)


def _timing(results: Sequence[Document], reference: Document | None) -> Iterator[tuple[str, Found]]:
    latency = max((one["latency_us"] for one in results), key=lambda found: found["median"])
    yield "latency", (latency["median"], latency["ci95"])
    if latency["p90"] is not None:
        yield "latency_p90", (latency["p90"], latency["p90_ci95"])
    compared = results[0]["comparison"]
    if reference is not None and compared is not None:
        yield "latency_ratio", (compared["ratio"], compared["ci95"])
    cold = [one["start_up"]["cold_us"] for one in results if one["start_up"]["cold_us"]]
    if cold:
        slowest = max(cold, key=lambda found: found["value"])
        yield "cold_start", (slowest["value"], slowest["ci95"])


def _accuracy(
    results: Sequence[Document], reference: Document | None
) -> Iterator[tuple[str, float]]:
    found = [one["accuracy"] for one in results if one["accuracy"]]
    scores = [one["value"] for one in found if one["rises"]]
    errors = [one["value"] for one in found if not one["rises"]]
    base = reference["accuracy"] if reference else None
    if scores:
        yield "accuracy", min(scores)
        if base is not None:
            yield "accuracy_drop", base["value"] - min(scores)
    if errors:
        yield "error", max(errors)
        if base is not None and base["value"]:
            yield "error_ratio", max(errors) / base["value"]
    shares = [
        output["same_top1"]
        for result in results
        for agreement in result["agreement"]
        if agreement["against"] == "float"
        for output in agreement["outputs"]
        if output["same_top1"] is not None
    ]
    if shares:
        yield "agreement", min(shares)
