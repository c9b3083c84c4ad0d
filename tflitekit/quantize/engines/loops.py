"""Models that an engine's calibrator cannot follow."""

from __future__ import annotations

from tflitekit.errors import ConversionError
from tflitekit.graph import Model
from tflitekit.kernels.recurrent import RECURRENT

RECURRENT_NAMES = frozenset(op.name for op in RECURRENT)


def refuse_loops(model: Model, engine: str) -> None:
    """For an engine whose calibrator looks into no loop, or crashes on one.

    Raises:
        ConversionError: the model has a WHILE, or a recurrent layer as one op of ours.
    """
    for op in model.ops():
        if op.name == "WHILE" or op.name in RECURRENT_NAMES:
            raise ConversionError(
                f"the {engine} engine cannot calibrate a loop ({op.name})",
                where=op.outputs[0].name if op.outputs else None,
                hint="--engine tflitekit can; else build recurrent layers with unroll=True, or "
                "process one step a call",
            )
