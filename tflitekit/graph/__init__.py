"""Models as objects: reading, writing, rewriting and counting.

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
    from tflitekit.graph.passes import run_passes
    from tflitekit.graph.reader import map_model, read_model
    from tflitekit.graph.spec import TensorSpec
    from tflitekit.graph.writer import save_model, write_model

__all__ = [
    "Model",
    "Op",
    "Signature",
    "Subgraph",
    "Tensor",
    "TensorSpec",
    "map_model",
    "read_model",
    "run_passes",
    "save_model",
    "write_model",
]

_HOMES = {
    "Model": "model",
    "Op": "model",
    "Signature": "model",
    "Subgraph": "model",
    "Tensor": "model",
    "TensorSpec": "spec",
    "map_model": "reader",
    "read_model": "reader",
    "run_passes": "passes",
    "save_model": "writer",
    "write_model": "writer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
