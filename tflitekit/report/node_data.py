"""A diagnosis as node data of Model Explorer, to be loaded over the quantized .tflite.

The format is `GraphNodeData` of the package ai-edge-model-explorer: values by the name of a node's
output tensor, in a file that belongs to whichever graph is shown when it is loaded.
"""

from __future__ import annotations

from typing import Any

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
