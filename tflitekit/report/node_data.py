"""What is known of ops as node data of Model Explorer, to be loaded over the .tflite.

The format is `GraphNodeData` of the package ai-edge-model-explorer: values by the name of a node's
output tensor, in a file that belongs to whichever graph is shown when it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tflitekit.bench.profile import Profile
from tflitekit.graph import Model, Op
from tflitekit.graph.accounting import op_bytes_moved, op_macs
from tflitekit.quantize.diagnosis.diagnose import Diagnosis
from tflitekit.quantize.diagnosis.noise import MOST_DB

THRESHOLDS = (
    (10.0, "#d32f2f", "#ffffff"),
    (20.0, "#f57c00", "#000000"),
    (30.0, "#fbc02d", "#000000"),
    (40.0, "#c0ca33", "#000000"),
    (MOST_DB, "#7cb342", "#000000"),
)
"""The colours of a node and its text, up to so many dB."""

GRADIENT = (
    {"stop": 0, "bgColor": "#ffffff", "textColor": "#000000"},
    {"stop": 1, "bgColor": "#f57c00", "textColor": "#000000"},
)
"""From the smallest value of a graph to its largest."""


def node_data(diagnosis: Diagnosis) -> dict[str, Any]:
    """What each layer alone costs at the model's output, in dB, at every node of it, for JSON."""
    return {
        "name": "SQNR of the output, this layer alone in integers (dB)",
        "results": {
            tensor.name: {"value": round(layer.cost_db, 2)}
            for layer in diagnosis.layers
            for tensor in layer.tensors
        },
        "thresholds": [
            {"value": limit, "bgColor": background, "textColor": text}
            for limit, background, text in THRESHOLDS
        ],
    }


def counted_data(model: Model) -> dict[str, dict[str, Any]]:
    """The bytes that each op moves and its multiply-accumulates, as the graph tells, for JSON.

    Returns:
        By a name for the file, `GraphNodeData`.
    """
    ops = model.main.ops
    return {
        "bytes": _overlay("bytes moved", ((op, op_bytes_moved(op)) for op in ops)),
        "macs": _overlay("multiply-accumulates", ((op, op_macs(op)) for op in ops)),
    }


def latency_data(model: Model, profile: Profile) -> dict[str, Any]:
    """The time of each op in microseconds, for JSON; ops that are part of another kernel have
    none."""
    ops = model.main.ops
    timed = ((ops[one.index], one.us) for one in profile.ops if one.us is not None)
    return _overlay("latency (µs)", ((op, round(us, 3)) for op, us in timed))


def _overlay(name: str, values: Iterable[tuple[Op, float]]) -> dict[str, Any]:
    results: Mapping[str, Any] = {
        op.outputs[0].name: {"value": value} for op, value in values if op.outputs
    }
    return {"name": name, "results": results, "gradient": list(GRADIENT)}
