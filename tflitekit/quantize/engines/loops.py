"""Models that an engine's calibrator cannot follow."""

from __future__ import annotations

from tflitekit.errors import ConversionError
from tflitekit.graph import Model


def refuse_loops(model: Model, engine: str) -> None:
    """For an engine whose calibrator looks into no loop, or crashes on one.

    Raises:
        ConversionError: the model has a WHILE.
    """
    for op in model.ops():
        if op.name == "WHILE":
            raise ConversionError(
                f"the {engine} engine cannot calibrate a loop (WHILE)",
                where=op.outputs[0].name if op.outputs else None,
                hint="Build recurrent layers with unroll=True, or process one step a call",
            )
