"""The facts of a model file that `inspect` shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from tflitekit.graph.accounting import bytes_moved, macs, weight_bytes
from tflitekit.graph.min_runtime import MIN_RUNTIME_VERSION, oldest_runtime
from tflitekit.graph.model import Model, Op, Signature
from tflitekit.graph.replaced import replacements
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.state import state_of
from tflitekit.graph.strict import float_tensors


def summarize(model: Model, *, size_bytes: int, sha256: str) -> dict[str, Any]:
    """All facts as plain JSON values, under the keys that `inspect --json` promises.

    Args:
        model: what the file holds.
        size_bytes: the size of the file.
        sha256: the hash of the file.

    Raises:
        ModelError: an op lacks an operand that it must have.
    """
    signature = model.signature()
    floats = float_tensors(model)
    oldest = oldest_runtime(model)
    return {
        "size_bytes": size_bytes,
        "sha256": sha256,
        "description": model.description,
        "inputs": [_spec(spec) for spec in signature.input_specs()],
        "outputs": [_spec(spec) for spec in signature.output_specs()],
        "state": _state(model),
        "ops": _op_table(model),
        "custom_ops": sorted({op.name for op in model.ops() if op.custom}),
        "replacements": replacements(model),
        "float_tensors": len(floats),
        "float_io": [one.tensor for one in floats if one.boundary],
        "fully_integer": all(one.boundary for one in floats),
        "macs": macs(model),
        "weight_bytes": weight_bytes(model),
        "bytes_moved": bytes_moved(model),
        "signatures": {key: _signature(one) for key, one in model.signatures.items()},
        "subgraphs": [
            {"name": graph.name, "ops": len(graph.ops), "tensors": len(graph.tensors)}
            for graph in model.subgraphs
        ],
        "metadata": [entry.name for entry in model.metadata],
        "min_runtime_version": _min_runtime_version(model),
        "oldest_runtime": oldest.release if oldest else None,
        "oldest_runtime_op": str(oldest) if oldest else None,
    }


def op_dtypes(op: Op) -> tuple[str, ...]:
    """The tensor types that an op touches, operands first, each once."""
    return tuple(dict.fromkeys(tensor.dtype for tensor in [*op.operands, *op.outputs]))


def _op_table(model: Model) -> list[dict[str, Any]]:
    counts = Counter((op.name, op_dtypes(op)) for op in model.ops())
    return [
        {"name": name, "dtypes": list(dtypes), "count": count}
        for (name, dtypes), count in sorted(counts.items())
    ]


def _spec(spec: TensorSpec) -> dict[str, Any]:
    return asdict(spec) | {"shape": list(spec.shape)}


def _state(model: Model) -> dict[str, Any] | None:
    state = state_of(model)
    if not state:
        return None
    size = sum(tensor.nbytes for tensor, _ in state.tensors(model.signature()))
    return {"carried": dict(state.carried), "steps": state.steps, "bytes": size}


def _signature(signature: Signature) -> dict[str, list[str]]:
    return {"inputs": list(signature.inputs), "outputs": list(signature.outputs)}


def _min_runtime_version(model: Model) -> str | None:
    for entry in model.metadata:
        if entry.name == MIN_RUNTIME_VERSION:
            return entry.data.rstrip(b"\0").decode(errors="backslashreplace") or None
    return None
